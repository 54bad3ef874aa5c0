"""A rule, written down: the operations that one step makes of its arrays, in order.

The rule is run once on stand-ins that note what is done to them. What comes out is a short program without
branches, with the step's numbers (learning rate, bias corrections, …) kept apart, so that the program stays
the same from step to step while the numbers change. Two printers turn a program into code:
:func:`numpy_kernel` writes into buffers that it reuses, and :mod:`lessons_pkg.torch_optimizer` hands it to
``torch.compile``.

The operations and their order are the rule's own, so the result is the same to the bit as the rule's.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np


class Program:
    """The operations of one step of a rule.

    Attributes:
        inputs: the names of the arrays that go in.
        lines: (result, operation, operands) for each operation. An operand is the name of an input or of a
            result, ``"_numbers[k]"`` for the step's k-th number, or an integer written out.
        outputs: for each value that the rule returns, the name that holds it.
    """

    def __init__(self, inputs, lines, outputs):
        self.inputs, self.lines, self.outputs = tuple(inputs), tuple(lines), tuple(outputs)
        self._key = (self.inputs, self.lines, self.outputs)

    def __eq__(self, other):
        return isinstance(other, Program) and self._key == other._key

    def __hash__(self):
        return hash(self._key)


def record(step, names, values, t):
    """Run ``step(p, g, memories, t)`` on stand-ins and return (program, numbers, results).

    Args:
        step: a rule with its hyperparameters bound, from :func:`lessons_pkg.protocol.bind`.
        names: the names of the memories.
        values: for each memory a float, or None where it is an array.
        t: the step of the parameter, from 1.

    Returns:
        The :class:`Program`, the list of its numbers, and for each memory the float that it becomes, or None
        where it becomes an array.
    """
    lines, numbers = [], []
    arrays = [name for name, value in zip(names, values, strict=True) if value is None]
    p, g = _Array("p", lines, numbers), _Array("g", lines, numbers)
    memories = [_Array(n, lines, numbers) if v is None else v for n, v in zip(names, values, strict=True)]
    new_p, *new = step(p, g, memories, t)
    results = [None if isinstance(value, _Array) else value for value in new]
    outputs = []
    for name, value in [("p", new_p), *zip(names, new, strict=True)]:
        if isinstance(value, _Array):
            # An input handed on in another's place is copied first: its own place may be overwritten by then.
            moved = value.name != name and value.name in ("p", "g", *arrays)
            outputs.append((name, value._note("positive", value).name if moved else value.name))
    return Program(["p", "g", *arrays], _needed(lines, outputs), outputs), numbers, results


def _needed(lines, outputs):
    """The lines that an output depends on: ``where`` may leave others behind."""
    needed, kept = {value for _, value in outputs}, []
    for line in reversed(lines):
        if line[0] in needed:
            needed.update(line[2])
            kept.append(line)
    return kept[::-1]


class _Array:
    """Stands in for an array: whatever is done to it becomes a line of the program."""

    def __init__(self, name, lines, numbers):
        self.name, self._lines, self._numbers = name, lines, numbers

    def _note(self, operation, *operands):
        result = f"x{len(self._lines)}"
        self._lines.append((result, operation, tuple(self._operand(x) for x in operands)))
        return _Array(result, self._lines, self._numbers)

    def _operand(self, x):
        if isinstance(x, _Array):
            return x.name
        if isinstance(x, int):  # a constant of the rule's text, such as the 2 of x**2
            return str(x)
        self._numbers.append(float(x))
        return f"_numbers[{len(self._numbers) - 1}]"

    def __array_namespace__(self):
        return FUNCTIONS

    def __bool__(self):
        raise TypeError("a rule cannot branch on the values of an array with `if`: use ops.where")

    def __add__(self, other):
        return self._note("add", self, other)

    def __radd__(self, other):
        return self._note("add", other, self)

    def __sub__(self, other):
        return self._note("subtract", self, other)

    def __rsub__(self, other):
        return self._note("subtract", other, self)

    def __mul__(self, other):
        return self._note("multiply", self, other)

    def __rmul__(self, other):
        return self._note("multiply", other, self)

    def __truediv__(self, other):
        return self._note("divide", self, other)

    def __rtruediv__(self, other):
        return self._note("divide", other, self)

    def __pow__(self, other):
        return self._note("power", self, other)

    def __neg__(self):
        return self._note("negative", self)

    def __abs__(self):
        return self._note("abs", self)

    def __lt__(self, other):
        return self._note("less", self, other)

    def __gt__(self, other):
        return self._note("greater", self, other)


def _first_array(*operands):
    return next(x for x in operands if isinstance(x, _Array))


FUNCTIONS = SimpleNamespace(
    __name__="recording",
    sqrt=lambda x: x._note("sqrt", x),
    sign=lambda x: x._note("sign", x),
    maximum=lambda a, b: _first_array(a, b)._note("maximum", a, b),
    where=lambda condition, a, b: condition._note("where", condition, a, b),
)

# Operations that NumPy can write into a given array; the others make a new one.
_INTO_PLACE = [
    "positive",
    "negative",
    "add",
    "subtract",
    "multiply",
    "divide",
    "abs",
    "sqrt",
    "sign",
    "maximum",
]
_ELSEWHERE = {"less": "{} < {}", "greater": "{} > {}", "power": "{} ** {}", "where": "where({}, {}, {})"}


@cache
def numpy_kernel(program):
    """Print a program as a NumPy function that works in place.

    Returns:
        ``(kernel, buffers)``: ``kernel(arrays, numbers, scratch)`` reads the program's inputs from
        ``arrays`` and writes the new parameter and memories into them; ``buffers`` says how many scratch
        arrays of the same length it needs.
    """
    last_use = {name: i for i, (_, _, operands) in enumerate(program.lines) for name in operands}
    last_use |= dict.fromkeys((value for _, value in program.outputs), len(program.lines))
    home = {value: array for array, value in program.outputs}  # where a result shall end up
    place = {name: name for name in program.inputs}  # where each value is now
    free, buffers, text = [], 0, []
    for i, (result, operation, operands) in enumerate(program.lines):
        places = [place.get(x, x) for x in operands]
        for x in set(operands):
            if last_use.get(x) == i and place.get(x, "").startswith("_scratch["):
                free.append(place[x])
        if operation not in _INTO_PLACE:
            place[result] = result
            text.append(f"{result} = " + _ELSEWHERE[operation].format(*places))
            continue
        if result in home and last_use.get(home[result], -1) <= i:
            place[result] = home[result]  # nobody needs the old value any more
        else:
            if not free:
                free.append(f"_scratch[{buffers}]")
                buffers += 1
            place[result] = free.pop()
        text.append(f"{operation}({', '.join(places)}, out={place[result]})")
    text += [f"copyto({array}, {place[x]})" for array, x in program.outputs if place[x] != array]
    source = (
        f"def kernel(_arrays, _numbers, _scratch):\n    {', '.join(program.inputs)}, = _arrays\n    "
        + "\n    ".join(text)
    )
    namespace = {name: getattr(np, name) for name in [*_INTO_PLACE, "copyto", "where"]}
    exec(source, namespace)
    return namespace["kernel"], buffers
