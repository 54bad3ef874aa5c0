"""What an assignment's hidden tests are written with.

A question is a function that gets the student and a random generator. It calls functions of the student's
with inputs that it draws, and raises :class:`Wrong` if an answer is not right; if it returns, the points are
earned::

    @question(points=3)
    def step(student, rng):
        "One step of momentum"
        p, g, b = rng.normal(size=(3, 5))
        new_p, new_b = student("momentum_step", p, g, b, lr=0.1, returns=(p, b))
        close(new_b, 0.9 * b + g, "the buffer after one step")

The function runs here, the student's code in its box: what arrives from there are numbers and arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


class Wrong(Exception):
    """The answer is wrong; the words are for the student."""


@dataclass(frozen=True)
class Question:
    """A question of an assignment: its name and title, what it is worth, and how it is decided."""

    name: str
    title: str
    points: float
    seconds: float
    decide: Callable


def question(points, seconds=3.0):
    """Make a function a question worth some points; each call of the student's code may take some seconds."""

    def decorate(decide):
        return Question(decide.__name__, (decide.__doc__ or decide.__name__).strip(), points, seconds, decide)

    return decorate


class Student:
    """The student's functions, as a question calls them."""

    def __init__(self, box, seconds):
        self._box, self._seconds = box, seconds

    def __call__(self, function, *arguments, returns, **keywords):
        """Call a function and return its answer, which must look like ``returns``.

        Args:
            function: its name.
            returns: an example of the answer: an array (of this shape and dtype), a float, an integer, a
                truth value, or a tuple of these.

        Raises:
            Wrong: if the answer has another form, is not finite, or if the function has changed an argument.
        """
        answer, changed = self._box.call(function, arguments, keywords, self._seconds)
        answer = _alike(answer, returns, f"what {function} returns")
        if changed:
            raise Wrong(f"{function} changes an array that it was given; compute with new ones instead")
        return answer


def close(answer, expected, what, rtol=1e-9, atol=1e-12):
    """Compare an answer with the right one.

    Raises:
        Wrong: if any number is off by more than ``atol + rtol * |expected|``.
    """
    off = np.abs(np.asarray(answer, float) - expected)
    if not np.all(off <= atol + rtol * np.abs(expected)):
        raise Wrong(f"{what} is off by up to {off.max():.2g}")


def _alike(answer, example, what):
    if isinstance(example, tuple):
        if not isinstance(answer, tuple) or len(answer) != len(example):
            found = f"{len(answer)} values" if isinstance(answer, tuple) else _kind(answer)
            raise Wrong(f"{what} must be {len(example)} values, it is {found}")
        places = [f"{what}, value {k}," for k in range(1, len(example) + 1)]
        return tuple(_alike(*of) for of in zip(answer, example, places, strict=True))
    if isinstance(example, np.ndarray):
        if not isinstance(answer, np.ndarray):
            raise Wrong(f"{what} must be an array, it is {_kind(answer)}")
        if answer.shape != example.shape:
            raise Wrong(f"{what} must have the shape {example.shape}, it has {answer.shape}")
        if answer.dtype != example.dtype:
            raise Wrong(f"{what} must be of {example.dtype}, it is of {answer.dtype}")
    else:
        kinds = {bool: "b", int: "iu", float: "iuf"}[type(example)]
        if isinstance(answer, (bool, int, float)):
            answer = np.array(answer)
        if not isinstance(answer, np.ndarray) or answer.shape != () or answer.dtype.kind not in kinds:
            raise Wrong(f"{what} must be {_KINDS[type(example)]}, it is {_kind(answer)}")
    if not np.isfinite(answer).all():
        raise Wrong(f"{what} must be finite, it has nan or inf in it")
    return answer if isinstance(example, np.ndarray) else type(example)(answer)


_KINDS = {bool: "True or False", int: "a whole number", float: "a number"}


def _kind(answer):
    if isinstance(answer, np.ndarray):
        return f"an array of {answer.dtype} with the shape {answer.shape}"
    return {type(None): "None", tuple: "a tuple or list", str: "text"}.get(type(answer), repr(answer)[:40])
