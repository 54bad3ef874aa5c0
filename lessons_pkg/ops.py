"""The few functions that a rule needs beyond ``+ - * /`` and powers of numbers.

Each works on Python floats, NumPy arrays, torch tensors and SymPy expressions, so that one source of a rule
runs on all of them. Nothing is imported here but the standard library: what the arguments are made of
decides whose function is called.
"""

import math
import sys


def _library(x):
    """The imported module whose functions work on ``x``."""
    if hasattr(x, "__array_namespace__"):  # NumPy, and the stand-ins of recording.py
        return x.__array_namespace__()
    name = "torch" if hasattr(x, "__torch_function__") else type(x).__module__.partition(".")[0]
    if name not in ("numpy", "torch", "sympy"):
        kinds = "floats, NumPy arrays, torch tensors and SymPy expressions"
        raise TypeError(f"a rule works on {kinds}, not on {type(x).__name__}")
    return sys.modules[name]


def sqrt(x):
    """The square root of each element; NaN where it is negative.

    Python's ``x ** 0.5`` will not do: it differs from the correctly rounded root in the last bit, and is
    complex for x < 0.
    """
    if isinstance(x, float):
        return math.sqrt(x) if x >= 0 else math.nan
    return _library(x).sqrt(x)


def sign(x):
    """-1, 0 or 1 for each element; NaN for NaN, except in torch, which says 0."""
    if isinstance(x, float):
        return x if x != x else float((x > 0) - (x < 0))
    return _library(x).sign(x)


def maximum(a, b):
    """The larger of ``a`` and ``b``, element by element; NaN where either is."""
    if isinstance(a, float):
        if isinstance(b, float):
            return a if a > b or a != a else b
        a, b = b, a
    library = _library(a)
    if library.__name__ == "sympy":
        return library.Max(a, b)
    if library.__name__ == "torch" and isinstance(b, float):  # torch.maximum takes tensors alone
        return library.clamp(a, min=b)
    return library.maximum(a, b)


def where(condition, a, b):
    """``a`` where the condition holds, ``b`` elsewhere."""
    if isinstance(condition, bool):
        return a if condition else b
    library = _library(condition)
    if library.__name__ == "sympy":
        return library.Piecewise((a, condition), (b, True))
    return library.where(condition, a, b)


def norm(x):
    """The Euclidean norm of the whole tensor: a single number."""
    if isinstance(x, float):
        return abs(x)
    library = _library(x)
    if library.__name__ == "sympy":
        return library.Abs(x)
    return library.linalg.vector_norm(x)
