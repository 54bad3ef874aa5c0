"""Dropout against torch.nn.Dropout: the mask's statistics, the scaling, the gradient, the two ends of p."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_pkg.dropout import Dropout, dropout, dropout_backward

SHAPES = [(), (0,), (1,), (7,), (4, 5), (2, 3, 4)]
DTYPES = [np.float32, np.float64]
PROBABILITIES = [0.0, 0.2, 1 / 3, 0.5, 0.9, 1.0]


def generator(seed=0):
    return np.random.default_rng(seed)


def activations(shape, dtype, seed=1):
    return np.asarray(generator(seed).normal(size=shape), dtype=dtype)


def torch_pass(x, p, grad_y, seed):
    """What torch.nn.Dropout makes of x and of a gradient, and the mask that it drew for it."""
    layer = torch.nn.Dropout(p)
    torch.manual_seed(seed)
    x = torch.tensor(x, requires_grad=True)
    y = layer(x)
    y.backward(torch.tensor(grad_y))
    torch.manual_seed(seed)
    mask = layer(torch.ones_like(x))
    return y.detach().numpy(), x.grad.numpy(), mask.detach().numpy()


@pytest.mark.parametrize("p", PROBABILITIES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_shape_dtype_and_the_two_values_of_the_mask(shape, dtype, p):
    x = activations(shape, dtype)
    y, mask = dropout(x, p, generator())
    for result in (y, mask, dropout_backward(activations(shape, dtype, seed=2), mask)):
        assert result.shape == x.shape and result.dtype == dtype
    survivor = dtype(1) / dtype(1 - p) if p < 1 else dtype(0)
    assert set(np.unique(mask)) <= {dtype(0), survivor}
    np.testing.assert_array_equal(y, x * mask)


@pytest.mark.parametrize("p", PROBABILITIES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_with_the_mask_that_torch_drew_both_passes_equal_torch(dtype, p):
    x, grad_y = activations((50, 20), dtype), activations((50, 20), dtype, seed=2)
    y, grad_x, mask = torch_pass(x, p, grad_y, seed=3)
    np.testing.assert_array_equal(x * mask, y)
    np.testing.assert_array_equal(dropout_backward(grad_y, mask), grad_x)
    _, ours = dropout(x, p, generator())
    np.testing.assert_array_equal(
        np.unique(ours), np.unique(mask)
    )  # the same survivors' scale, to the last bit


@pytest.mark.parametrize("p", PROBABILITIES)
def test_our_passes_equal_autograd_through_our_mask(p):
    x, grad_y = activations((50, 20), np.float64), activations((50, 20), np.float64, seed=2)
    layer = Dropout(p, generator())
    y = layer.forward(x)
    theirs = torch.tensor(x, requires_grad=True)
    output = theirs * torch.tensor(layer.mask)
    output.backward(torch.tensor(grad_y))
    np.testing.assert_array_equal(y, output.detach().numpy())
    np.testing.assert_array_equal(layer.backward(grad_y), theirs.grad.numpy())


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("library", ["lessons_pkg", "torch"])
def test_share_of_dropped_units_is_binomial(library, p):
    n = 100_000
    if library == "torch":
        torch.manual_seed(0)
        mask = torch.nn.Dropout(p)(torch.ones(n)).numpy()
    else:
        _, mask = dropout(np.ones(n), p, generator())
    assert np.sum(mask == 0) == pytest.approx(n * p, abs=4 * np.sqrt(n * p * (1 - p)))


def test_units_are_dropped_independently():
    _, mask = dropout(np.ones((1000, 100)), 0.3, generator())
    dropped = mask == 0
    neighbours = np.mean(dropped[:, 1:] & dropped[:, :-1]), np.mean(dropped[1:] & dropped[:-1])
    assert neighbours == pytest.approx((0.09, 0.09), abs=0.005)


@settings(derandomize=True)
@given(p=st.floats(0, 0.99), seed=st.integers(0, 2**32))
def test_expectation_is_kept_and_variance_is_p_over_1_minus_p(p, seed):
    n = 10_000
    y, _ = dropout(np.ones(n), p, generator(seed))
    variance = p / (1 - p)
    assert np.mean(y) == pytest.approx(1, abs=6 * np.sqrt(variance / n) + 1e-12)
    # the squared deviation is 1 for a dropped unit and (p / (1-p))**2 for a kept one
    spread = np.sqrt(p * (1 - p)) * abs(1 - variance**2)
    assert np.mean((y - 1) ** 2) == pytest.approx(variance, abs=6 * spread / np.sqrt(n) + 1e-9)


@given(p=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_what_the_gradient_reaches_is_what_was_kept(p, seed):
    x = np.ones(50)
    y, mask = dropout(x, p, generator(seed))
    np.testing.assert_array_equal(dropout_backward(np.ones(50), mask) != 0, y != 0)


SPECIAL = [0.0, -0.0, 5e-324, 1e308, np.inf, -np.inf, np.nan, -1.5]


@pytest.mark.parametrize("dtype", DTYPES)
def test_p_0_is_the_identity_bit_for_bit(dtype):
    with np.errstate(over="ignore"):
        x = np.array(SPECIAL, dtype=dtype)
    y, mask = dropout(x, 0.0, generator())
    assert y.tobytes() == x.tobytes()
    assert dropout_backward(x, mask).tobytes() == x.tobytes()


def test_p_0_drops_nothing_even_where_the_generator_draws_exactly_0():
    class DrawsZero(np.random.Generator):
        def random(self, size):
            return np.zeros(size)

    _, mask = dropout(np.ones(3), 0.0, DrawsZero(np.random.PCG64()))
    np.testing.assert_array_equal(mask, 1)


@pytest.mark.filterwarnings("error")
def test_p_1_gives_zeros_and_no_nan():
    y, mask = dropout(np.array([-1.5, 0.0, 1e308]), 1.0, generator())
    np.testing.assert_array_equal(y, 0)
    np.testing.assert_array_equal(dropout_backward(np.ones(3), mask), 0)


def test_the_same_seed_drops_the_same_units_in_both_precisions():
    single, double = (dropout(np.ones(100, dtype), 0.5, generator(5))[1] for dtype in DTYPES)
    np.testing.assert_array_equal(single, double)


def test_evaluation_lets_everything_through():
    x, grad_y = np.array(SPECIAL), np.arange(8.0)
    layer = Dropout(0.5, generator())
    layer.forward(np.ones(3))
    state = layer.rng.bit_generator.state
    assert layer.eval().forward(x) is x
    assert layer.backward(grad_y) is grad_y
    assert layer.rng.bit_generator.state == state, "evaluation must not use up randomness"


def test_training_mode_is_the_first_and_can_be_had_again():
    layer = Dropout(0.5, generator())
    x = np.ones(1000)
    assert 0 in layer.forward(x)
    assert 0 not in layer.eval().forward(x)
    assert 0 in layer.train().forward(x)


def test_every_training_pass_draws_a_new_mask():
    layer = Dropout(0.5, generator())
    assert (layer.forward(np.ones(100)) != layer.forward(np.ones(100))).any()


REFUSED = [
    (dict(p=-0.1), ValueError, "p is -0.1; .* from 0 to 1"),
    (dict(p=1.1), ValueError, "p is 1.1"),
    (dict(p=np.nan), ValueError, "p is nan"),
    (dict(p="0.5"), TypeError, "p is '0.5'"),
    (dict(rng=0), TypeError, "rng is 0; .* numpy.random.default_rng"),
    (dict(x=[1.0]), TypeError, "x is .1.0.; .* NumPy array of floats"),
    (dict(x=np.arange(3)), TypeError, "x is .* NumPy array of floats"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), REFUSED, ids=[case[2] for case in REFUSED])
def test_refused_by_name_and_value(arguments, error, message):
    with pytest.raises(error, match=message):
        dropout(**dict(x=np.ones(3), p=0.5, rng=generator()) | arguments)
    if "x" not in arguments:
        with pytest.raises(error, match=message):
            Dropout(**dict(p=0.5, rng=generator()) | arguments)


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"grad_y has the shape \(3,\); it must have the mask's, \(2, 3\)"):
        dropout_backward(np.ones(3), np.ones((2, 3)))
