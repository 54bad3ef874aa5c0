"""Values between the grader and the box: lines of JSON, with arrays in NumPy's own file format.

Both sides import this file. Nothing that arrives is trusted: it holds numbers, words, lists and arrays of
numbers, and nothing that could run.
"""

import base64
import io
import json
import math

import numpy as np
from numpy.lib import format as npy

MAX_ITEMS = 10_000  # in one list
MAX_DEPTH = 6
MAX_LINE = 8 * 2**20  # bytes
KINDS = "biuf"  # arrays of truth values, integers and floats; no objects, no words


class Garbled(Exception):
    """What arrived is not a value, or not one that may be sent."""


def encode(value, depth=0):
    """Turn a value into what JSON can hold.

    Raises:
        Garbled: if the value, or something in it, is of another kind, or too much.
    """
    if depth > MAX_DEPTH:
        raise Garbled("a list in a list in a list … is nested too deeply")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (list, tuple):
        if len(value) > MAX_ITEMS:
            raise Garbled(f"a list of {len(value)} items is too long")
        return [encode(item, depth + 1) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.array(value, subok=False)
        if array.dtype.kind not in KINDS:
            raise Garbled(f"an array of {array.dtype} is not an array of numbers")
        file = io.BytesIO()
        np.save(file, array, allow_pickle=False)
        return {"npy": base64.b64encode(file.getvalue()).decode("ascii")}
    raise Garbled(
        f"a {type(value).__name__} is neither a number nor an array of numbers, nor a tuple of them"
    )


def decode(value, depth=0):
    """Turn what JSON held back into a value.

    Raises:
        Garbled: if it is not what :func:`encode` makes.
    """
    if depth > MAX_DEPTH:
        raise Garbled("the answer is nested too deeply")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return tuple(decode(item, depth + 1) for item in value)
    if type(value) is dict and list(value) == ["npy"] and type(value["npy"]) is str:
        return _array(value["npy"])
    raise Garbled("the answer is not a value")


def _array(text):
    """Read an array whose header may lie: the data must be there before any memory is taken for it."""
    try:
        data = base64.b64decode(text, validate=True)
        file = io.BytesIO(data)
        version = npy.read_magic(file)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
        shape, fortran_order, dtype = read_header(file)
    except Exception as error:  # the header is parsed by NumPy, which may raise anything
        raise Garbled("the answer is not an array") from error
    if dtype.kind not in KINDS or dtype.hasobject or not dtype.itemsize:
        raise Garbled(f"an array of {dtype} is not an array of numbers")
    if math.prod(shape) * dtype.itemsize != len(data) - file.tell():
        raise Garbled("the answer is not an array: its size is not what it says")
    flat = np.frombuffer(data, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if fortran_order else "C").copy()


def write_line(message):
    """A message as bytes, with the end of the line."""
    return (json.dumps(message) + "\n").encode("ascii")


def read_line(line):
    """The message in a line.

    Raises:
        Garbled: if it is not an object of JSON.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Garbled("the answer is not a line of JSON") from error
    if type(message) is not dict:
        raise Garbled("the answer is not an object of JSON")
    return message
