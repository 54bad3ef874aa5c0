"""The training loop: what it records is what happened, and it ends well also when the run does not."""

import warnings

import numpy as np
import pytest
import torch

from lessons_pkg import Optimizer
from lessons_pkg.data import Data, digits, minibatches, sparse_features
from lessons_pkg.networks import MLP, SoftmaxRegression
from lessons_pkg.rules import adagrad, adam, gradient_descent, heavy_ball, sgd
from lessons_pkg.training import best_rate, sweep, train

DIGITS = digits()


def run(rule=adam, seed=0, epochs=2, batch_size=100, data=DIGITS, **hyperparameters):
    network = MLP(64, 16, 10, np.random.default_rng(seed))
    optimizer = Optimizer(network.params, rule, **hyperparameters)
    return network, train(network, data, optimizer, epochs, batch_size, np.random.default_rng(seed + 1))


def test_the_history_is_what_happened():
    """The same run, step by step, with the gradients of torch."""
    network, history = run(sgd, epochs=2, batch_size=100, lr=lambda k: 0.2 / (k + 1), momentum=0.5)
    twin = MLP(64, 16, 10, np.random.default_rng(0))
    W1, b1, W2, b2 = params = [torch.tensor(p, requires_grad=True) for p in twin.params]
    optimizer = torch.optim.SGD(params, lr=0.2, momentum=0.5)
    rng, k = np.random.default_rng(1), 0

    def torch_loss(x, y):
        scores = torch.relu(torch.tensor(x) @ W1 + b1) @ W2 + b2
        return torch.nn.functional.cross_entropy(scores, torch.tensor(y)), scores.argmax(dim=1).numpy()

    for epoch in range(2):
        for x, y in minibatches(*DIGITS.train, 100, rng):
            optimizer.param_groups[0]["lr"] = 0.2 / (k + 1)
            optimizer.zero_grad()
            loss, _ = torch_loss(x, y)
            loss.backward()
            optimizer.step()
            norm = torch.cat([p.grad.flatten() for p in params]).norm().item()
            assert history.loss[k] == pytest.approx(loss.item(), rel=1e-9)
            assert history.gradient_norm[k] == pytest.approx(norm, rel=1e-9)
            assert history.lr[k] == 0.2 / (k + 1)
            k += 1
        for part, (x, y) in (("train", DIGITS.train), ("validation", DIGITS.validation)):
            loss, predicted = torch_loss(x, y)
            assert getattr(history, f"{part}_loss")[epoch] == pytest.approx(loss.item(), rel=1e-9)
            assert getattr(history, f"{part}_accuracy")[epoch] == np.mean(predicted == y)
    assert k == 24 == len(history.loss) == len(history.lr) == len(history.gradient_norm)
    for mine, theirs in zip(network.params, params, strict=True):
        np.testing.assert_allclose(mine, theirs.detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("rule", "lr"), [(gradient_descent, 0.3), (heavy_ball, 0.03), (adagrad, 0.05), (adam, 0.01)]
)
def test_the_digits_are_learnt(rule, lr):
    network, history = run(rule, epochs=10, batch_size=32, lr=lr)
    assert history.train_loss[-1] < 0.1
    assert history.validation_accuracy[-1] > 0.94
    assert network.accuracy(*DIGITS.test) > 0.94


def test_on_sparse_features_adagrad_beats_gradient_descent():
    """Both tuned over seven rates: AdaGrad's worst seed is better than gradient descent's best."""
    data = sparse_features()

    def tuned(rule, rates):
        def final_loss(rate, seed):
            network = SoftmaxRegression(100, 2)
            optimizer = Optimizer(network.params, rule, lr=rate)
            return train(network, data, optimizer, 5, 20, np.random.default_rng(seed)).train_loss[-1]

        results = sweep(final_loss, rates, range(3))
        return results[list(rates).index(best_rate(rates, results))]

    descent = tuned(gradient_descent, np.geomspace(0.3, 30, 7))
    assert tuned(adagrad, np.geomspace(0.1, 10, 7)).max() < descent.min()


def test_the_seeds_decide_everything():
    first, again, other = (run(seed=seed, lr=0.01) for seed in (3, 3, 4))
    for name, values in vars(first[1]).items():
        np.testing.assert_array_equal(values, getattr(again[1], name))
    assert not np.array_equal(first[1].loss, other[1].loss)
    np.testing.assert_array_equal(first[0].params[0], again[0].params[0])


@pytest.mark.parametrize("lr", [1e3, 1e60, 1e200])
def test_a_run_that_diverges_ends_quietly_with_nan(lr):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, history = run(gradient_descent, epochs=50, batch_size=1197, lr=lr)
    if lr == 1e3:
        assert np.isfinite(history.loss).all()  # high, but finite: it has not overflowed
        return
    assert np.isfinite(history.loss[0])
    assert np.isnan(history.loss[-1])
    for values in (history.train_loss, history.validation_loss, history.validation_accuracy):
        assert values.shape == (50,)
        assert np.isnan(values[-1])


def test_the_bar_is_shown_when_asked_for_and_only_then(capsys):
    network = SoftmaxRegression(64, 10)

    def output(**keywords):
        optimizer = Optimizer(network.params, adam)
        train(network, DIGITS, optimizer, 2, 400, np.random.default_rng(0), **keywords)
        sweep(lambda rate, seed: 0.0, [1, 2], [0], **keywords)
        return capsys.readouterr()

    assert output() == ("", "")  # a test has no terminal, nor has a notebook
    assert output(quiet=True) == ("", "")
    out, err = output(quiet=False)
    assert out == ""
    assert "epoch/s" in err
    assert "run/s" in err


@pytest.mark.parametrize(("epochs", "batch_size"), [(0, 10), (-1, 10), (1, 0), (1, -5)])
def test_nothing_to_do_is_an_error(epochs, batch_size):
    with pytest.raises(ValueError, match="epochs and batch_size must be >= 1"):
        run(epochs=epochs, batch_size=batch_size)


def test_the_last_batch_may_be_short():
    x, y = np.eye(64)[:10], np.arange(10)
    _, history = run(epochs=3, batch_size=4, data=Data((x, y), (x, y), (x, y)))
    assert len(history.loss) == 9
    assert not np.isnan(history.loss).any()


def test_a_sweep_runs_each_rate_with_each_seed():
    calls = []

    def record(rate, seed):
        calls.append((rate, seed))
        return rate + 100 * seed

    results = sweep(record, [1.0, 2.0], range(3))
    np.testing.assert_array_equal(results, [[1, 101, 201], [2, 102, 202]])
    assert calls == [(rate, seed) for rate in (1.0, 2.0) for seed in range(3)]


def test_the_best_rate_has_the_lowest_median():
    rates = [0.01, 0.1, 1.0, 10.0]
    results = [[5.0, 5.0, 5.0], [3.0, 3.0, 9.0], [0.1, 4.0, np.nan], [np.nan, np.nan, np.nan]]
    assert best_rate(rates, results) == 0.1


@pytest.mark.parametrize("results", [[[1.0], [2.0], [3.0]], [[3.0], [2.0], [1.0]], [[np.nan]] * 3])
def test_a_best_rate_at_the_end_of_the_grid_is_refused(results):
    with pytest.raises(ValueError, match="at the end of the grid"):
        best_rate([0.1, 1.0, 10.0], results)
