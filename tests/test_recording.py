"""A rule of one's own that uses every operation the protocol allows: each engine does what the rule does."""

import numpy as np
import pytest
import torch

from lessons_pkg import Optimizer, compiled
from lessons_pkg.ops import maximum, sign, sqrt, where
from lessons_pkg.torch_optimizer import TorchOptimizer


def everything(p, g, m, n, t, *, lr=0.1, floor=0.05):
    m = 0.5 * m - (-g) / 2
    n = maximum(maximum(floor, n), abs(m))
    agree = where(m * g > 0, m**2, 0.0)
    calm = where(n < 1.0, sign(g), g)
    return p - lr * (agree + calm) / (1 + sqrt(n)) + 1 / t * 1e-3, m, n


def by_the_rule(p, grads):
    m = n = 0.0
    for t, g in enumerate(grads, 1):
        p, m, n = everything(p, g, m, n, t)
    return p


@pytest.fixture
def run():
    rng = np.random.default_rng(0)
    return rng.standard_normal(40), list(rng.standard_normal((6, 40)))


def test_on_numpy_to_the_bit(run):
    p, grads = run
    q = p.copy()
    optimizer = Optimizer([q], everything)
    for g in grads:
        optimizer.step([g])
    np.testing.assert_array_equal(q, by_the_rule(p, grads))


@pytest.mark.parametrize("compile", [False, True])
def test_on_torch(run, compile, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    compiled.torch_kernel.cache_clear()
    p, grads = run
    q = torch.nn.Parameter(torch.tensor(p))
    optimizer = TorchOptimizer([q], everything, compile=compile)
    for g in grads:
        q.grad = torch.tensor(g)
        optimizer.step()
    compiled.torch_kernel.cache_clear()
    np.testing.assert_allclose(q.detach().numpy(), by_the_rule(p, grads), rtol=1e-13)


def test_an_if_on_values_is_refused_with_advice():
    def impatient(p, g, *, lr=0.1):
        return p - lr * g if g > 0 else p

    with pytest.raises(TypeError, match=r"use ops\.where"):
        Optimizer([np.ones(3)], impatient).step([np.ones(3)])
