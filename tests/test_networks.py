"""The networks: every gradient equals autograd's, in both precisions, also where numbers are extreme."""

import warnings

import numpy as np
import pytest
import torch

from lessons_pkg import Optimizer
from lessons_pkg.data import digits, minibatches, sparse_features
from lessons_pkg.networks import MLP, SoftmaxRegression, cross_entropy, log_softmax
from lessons_pkg.rules import adam


def network_of(kind, inputs=5, classes=3, dtype=np.float64, seed=0):
    """A network whose parameters, the biases too, are not zero."""
    rng = np.random.default_rng(seed)
    if kind == "softmax":
        network = SoftmaxRegression(inputs, classes, dtype)
    else:
        network = MLP(inputs, 4, classes, rng, dtype)
    for p in network.params:
        p += 0.3 * rng.normal(size=p.shape).astype(dtype)
    return network


def batch_of(B, inputs=5, classes=3, dtype=np.float64, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(B, inputs)).astype(dtype), rng.integers(0, classes, B)


def torch_loss(params, x, y):
    h = torch.as_tensor(x)
    for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
        h = torch.relu(h @ W + b)
    return torch.nn.functional.cross_entropy(h @ params[-2] + params[-1], torch.as_tensor(y))


def autograd(network, x, y):
    params = [torch.tensor(p, requires_grad=True) for p in network.params]
    loss = torch_loss(params, x, y)
    loss.backward()
    return loss.item(), [p.grad.numpy() for p in params]


KINDS = pytest.mark.parametrize("kind", ["softmax", "mlp"])


def assert_equal_to_autograd(network, x, y, rtol=1e-10, atol=1e-12):
    loss, gradients = network.loss_and_gradients(x, y)
    expected_loss, expected = autograd(network, x, y)
    assert loss == pytest.approx(expected_loss, rel=rtol)
    for p, got, want in zip(network.params, gradients, expected, strict=True):
        assert got.shape == p.shape
        assert got.dtype == p.dtype
        np.testing.assert_allclose(got, want, rtol=rtol, atol=atol)


@KINDS
@pytest.mark.parametrize("B", [1, 2, 7, 64])
def test_gradients_equal_autograds(kind, B):
    for seed in range(5):
        assert_equal_to_autograd(network_of(kind, seed=seed), *batch_of(B, seed=seed))


@KINDS
@pytest.mark.parametrize(("data_set", "classes"), [(digits, 10), (sparse_features, 2)])
def test_gradients_equal_autograds_on_the_data(kind, data_set, classes):
    x, y = data_set().train
    assert_equal_to_autograd(network_of(kind, x.shape[1], classes), x, y)


@KINDS
def test_float32_stays_float32(kind):
    x, y = batch_of(16, dtype=np.float32)
    assert_equal_to_autograd(network_of(kind, dtype=np.float32), x, y, rtol=2e-5, atol=1e-6)


@KINDS
def test_gradients_are_the_limit_of_differences(kind):
    network, (x, y) = network_of(kind), batch_of(6)
    _, gradients = network.loss_and_gradients(x, y)
    h = 1e-6
    for p, gradient in zip(network.params, gradients, strict=True):
        for index in np.ndindex(p.shape):
            old = p[index]
            p[index] = old + h
            ahead = network.loss(x, y)
            p[index] = old - h
            behind = network.loss(x, y)
            p[index] = old
            assert (ahead - behind) / (2 * h) == pytest.approx(gradient[index], rel=1e-6, abs=1e-9)


@KINDS
def test_a_unit_that_is_exactly_off_has_no_gradient(kind):
    """At a = 0 the derivative of max(a, 0) is taken as 0, as torch does."""
    network, (x, y) = network_of(kind), batch_of(4)
    for p in network.params[:2]:
        p[...] = 0.0
    assert_equal_to_autograd(network, x, y)


@KINDS
def test_huge_scores_do_not_overflow(kind):
    network, (x, y) = network_of(kind), batch_of(8)
    for p in network.params:
        p *= 1e4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, gradients = network.loss_and_gradients(x, y)
    assert np.isfinite(loss)
    assert all(np.isfinite(g).all() for g in gradients)
    assert_equal_to_autograd(network, x, y)


@pytest.mark.parametrize("z", [[[1.0, 2.0, 3.0]], [[1e5, -1e5, 0.0]], [[-1e308, 0.0, 1e308]], [[5.0], [7.0]]])
def test_log_softmax_equals_torchs(z):
    with np.errstate(over="ignore"):  # the last but one: 1e308 − (−1e308) is infinite, and so is torch's
        got = log_softmax(np.array(z))
    np.testing.assert_allclose(
        got, torch.log_softmax(torch.tensor(z, dtype=torch.float64), dim=1), rtol=1e-14
    )


def test_the_gradient_of_a_batch_is_the_mean_over_its_examples():
    """And so the whole gradient is the mean of the minibatches', each weighted by its size."""
    network, (x, y) = network_of("mlp"), batch_of(10)
    _, whole = network.loss_and_gradients(x, y)
    parts = list(minibatches(x, y, 4, np.random.default_rng(0)))
    for i, gradient in enumerate(whole):
        total = sum(
            len(labels) * network.loss_and_gradients(inputs, labels)[1][i] for inputs, labels in parts
        )
        np.testing.assert_allclose(total / 10, gradient, rtol=1e-12, atol=1e-15)


@KINDS
def test_predictions_and_accuracy(kind):
    network, (x, y) = network_of(kind), batch_of(200)
    scores = network.scores(x)
    assert scores.shape == (200, 3)
    np.testing.assert_array_equal(network.predict(x), scores.argmax(axis=1))
    assert network.accuracy(x, network.predict(x)) == 1.0
    assert network.accuracy(x, (network.predict(x) + 1) % 3) == 0.0
    half = np.where(np.arange(200) < 100, network.predict(x), -1)
    assert network.accuracy(x, half) == 0.5
    assert network.loss(x, y) == network.loss_and_gradients(x, y)[0]


def test_softmax_regression_starts_with_equal_chances():
    network, (x, y) = SoftmaxRegression(64, 10), digits().train
    assert network.loss(x, y) == pytest.approx(np.log(10), rel=1e-12)


def test_an_mlp_starts_from_its_seed_with_the_variance_of_he():
    def start(seed, dtype=np.float64):
        return MLP(400, 300, 200, np.random.default_rng(seed), dtype).params

    W1, b1, W2, b2 = start(0)
    assert [p.shape for p in (W1, b1, W2, b2)] == [(400, 300), (300,), (300, 200), (200,)]
    assert W1.var() == pytest.approx(2 / 400, rel=0.02)
    assert W2.var() == pytest.approx(2 / 300, rel=0.02)
    assert not b1.any() and not b2.any()
    assert all(np.array_equal(a, b) for a, b in zip(start(0), start(0), strict=True))
    assert not np.array_equal(start(0)[0], start(1)[0])
    assert all(p.dtype == np.float32 for p in start(0, np.float32))


@KINDS
def test_an_optimizer_changes_the_network_in_place(kind):
    network, (x, _) = network_of(kind), batch_of(32)
    y = network_of("softmax", seed=9).predict(x)  # labels that can be learnt
    arrays = list(network.params)
    optimizer = Optimizer(network.params, adam, lr=0.05)
    before = network.loss(x, y)
    for _ in range(100):
        optimizer.step(network.loss_and_gradients(x, y)[1])
    assert network.loss(x, y) < 0.5 * before
    assert all(a is b for a, b in zip(network.params, arrays, strict=True))


@KINDS
@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        (np.zeros((4, 6)), np.zeros(4, int), ValueError, r"x must have shape \(B, 5\), got \(4, 6\)"),
        (np.zeros(5), np.zeros(1, int), ValueError, r"x must have shape \(B, 5\), got \(5,\)"),
        (np.zeros((4, 5)), np.zeros(4), TypeError, "y must be integers, got float64"),
        (np.zeros((4, 5)), np.zeros(3, int), ValueError, r"y must have shape \(B,\) = \(4,\)"),
        (np.zeros((4, 5)), np.zeros((4, 3), int), ValueError, r"got \(4, 3\)"),
        (np.zeros((0, 5)), np.zeros(0, int), ValueError, "B >= 1"),
        (np.zeros((4, 5)), np.array([0, 1, 2, 3]), ValueError, "y must be from 0 to 2, got 0 to 3"),
        (np.zeros((4, 5)), np.array([0, 1, 2, -1]), ValueError, "y must be from 0 to 2, got -1 to 2"),
    ],
)
def test_wrong_batches_are_named(kind, x, y, error, message):
    with pytest.raises(error, match=message):
        network_of(kind).loss_and_gradients(x, y)


def test_cross_entropy_leaves_its_arguments_alone():
    z, y = np.array([[1.0, 2.0]]), np.array([1])
    cross_entropy(z, y)
    np.testing.assert_array_equal(z, [[1.0, 2.0]])
