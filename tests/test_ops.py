"""The functions of ops on floats, NumPy, torch and SymPy: the same values from each."""

import math

import numpy as np
import pytest
import sympy
import torch

from lessons_pkg import ops

VALUES = [-2.5, -0.0, 0.0, 0.3, 4.0, math.inf, math.nan]
KINDS = {
    "numpy": lambda x: np.array([x]),
    "numpy scalar": np.float32,
    "torch": lambda x: torch.tensor([x], dtype=torch.float64),
    "torch parameter": lambda x: torch.nn.Parameter(torch.tensor([x], dtype=torch.float64)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("x", VALUES)
@pytest.mark.parametrize("function", [ops.sqrt, ops.sign, ops.norm])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_functions_of_one_argument(function, x, kind):
    expected = function(x)
    assert type(expected) is float
    if function is ops.sign and math.isnan(x) and kind.startswith("torch"):
        expected = 0.0
    np.testing.assert_allclose(
        np.asarray(torch.as_tensor(function(KINDS[kind](x))).detach()), expected, rtol=1e-7
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("a", VALUES)
@pytest.mark.parametrize("b", VALUES)
def test_maximum(a, b, kind):
    expected = ops.maximum(a, b)
    assert math.isnan(expected) == (math.isnan(a) or math.isnan(b))
    for first, second in [(KINDS[kind](a), KINDS[kind](b)), (a, KINDS[kind](b)), (KINDS[kind](a), b)]:
        np.testing.assert_allclose(
            np.asarray(torch.as_tensor(ops.maximum(first, second)).detach()), expected, rtol=1e-7
        )


def test_where():
    assert ops.where(True, 1.0, 2.0) == 1.0
    assert ops.where(1 > 2, 1.0, 2.0) == 2.0
    np.testing.assert_array_equal(ops.where(np.array([True, False]), 1.0, np.zeros(2)), [1.0, 0.0])
    assert ops.where(torch.tensor([True, False]), 1.0, torch.zeros(2)).tolist() == [1.0, 0.0]


def test_sympy():
    x, y = sympy.symbols("x y", real=True)
    assert ops.sqrt(x) == sympy.sqrt(x)
    assert ops.sign(x) == sympy.sign(x)
    assert ops.norm(x) == sympy.Abs(x)
    assert ops.maximum(x, y) == ops.maximum(y, x) == sympy.Max(x, y)
    assert ops.maximum(0.0, x) == sympy.Max(0.0, x)
    assert ops.where(x > 0, x, y) == sympy.Piecewise((x, x > 0), (y, True))


def test_the_norm_is_that_of_the_whole_tensor():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert ops.norm(x) == pytest.approx(math.sqrt((x * x).sum()))
    assert ops.norm(torch.tensor(x)).item() == pytest.approx(math.sqrt((x * x).sum()))


def test_anything_else_is_refused():
    with pytest.raises(TypeError, match="not on list"):
        ops.sqrt([1.0, 4.0])
