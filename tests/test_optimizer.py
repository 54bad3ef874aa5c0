"""Optimizer: parity with torch.optim on NumPy arrays, and everything that may be asked of it."""

import copy
import pickle
from functools import partial

import numpy as np
import pytest
import torch
from cases import CASES

from lessons_pkg import Optimizer, rules
from lessons_pkg.ops import norm, where
from lessons_pkg.optimizer import BLOCK
from lessons_pkg.protocol import bind, check_hyperparameters, read_signature
from lessons_pkg.schedules import cosine

SHAPES = [(7,), (), (0,), (1, 1), (2, 3, 4), (5, 6)]


def arrays(rng, dtype=float, shapes=SHAPES):
    return [np.array(rng.standard_normal(shape), dtype) for shape in shapes]


def gradients(rng, params, share=1.0):
    """A gradient for each array, or None; one of them is not contiguous."""
    grads = [
        np.array(rng.standard_normal(p.shape), p.dtype) if rng.random() < share else None for p in params
    ]
    if grads[-1] is not None:
        grads[-1] = np.asfortranarray(grads[-1])
    return grads


def torch_twins(params):
    return [torch.nn.Parameter(torch.tensor(p)) for p in params]


def give(twins, grads):
    for twin, g in zip(twins, grads, strict=True):
        twin.grad = None if g is None else torch.tensor(g)


def assert_close(params, twins):
    for p, twin in zip(params, twins, strict=True):
        theirs = twin.detach().numpy()
        if p.dtype == np.float64:
            np.testing.assert_allclose(p, theirs, rtol=1e-12, atol=1e-13)
        else:
            assert np.linalg.norm(p - theirs) <= 1e-5 * np.linalg.norm(theirs)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_200_steps_equal_torchs(case, dtype, float64_by_default):
    """On arrays of odd shapes, each with None for a gradient now and then."""
    rng = np.random.default_rng(3)
    params = arrays(rng, dtype)
    twins = torch_twins(params)
    ours, theirs = Optimizer(params, case.rule, **case.arguments), case.torch(twins)
    for _ in range(200):
        grads = gradients(rng, params, share=0.8)
        give(twins, grads)
        ours.step(grads)
        theirs.step()
    assert_close(params, twins)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_closed_loop_equals_torchs(case, float64_by_default):
    """Each side takes the gradient where it stands: a small difference has every chance to grow."""
    scale = np.array([0.5, 1.0, 2.0])
    p = np.array([1.0, -2.0, 0.5])
    (twin,) = torch_twins([p])
    sign = -1.0 if case.arguments.get("maximize") else 1.0
    ours, theirs = Optimizer([p], case.rule, **case.arguments), case.torch([twin])
    for _ in range(50):
        ours.step([sign * scale * p])
        twin.grad = torch.tensor(sign * scale) * twin.detach()
        theirs.step()
    np.testing.assert_allclose(p, twin.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_a_schedule_and_a_hand_change_lr_as_in_torch():
    rng = np.random.default_rng(4)
    params = arrays(rng)
    twins = torch_twins(params)
    ours = Optimizer(params, rules.adam, lr=partial(cosine, lr=0.1, T_max=40))
    theirs = torch.optim.Adam(twins, lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, T_max=40)
    for k in range(60):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12, abs=1e-15)
        grads = gradients(rng, params)
        give(twins, grads)
        ours.step(grads)
        theirs.step()
        scheduler.step()
        if k == 50:  # the hand: betas are changed in the middle of the run
            ours.param_groups[0]["betas"] = theirs.param_groups[0]["betas"] = (0.5, 0.9)
    assert_close(params, twins)


def test_parameter_groups_equal_torchs():
    rng = np.random.default_rng(5)
    params = arrays(rng)
    twins = torch_twins(params)

    def groups(ps):
        return [{"params": ps[:2], "lr": 0.5}, {"params": ps[2:4], "weight_decay": 0.1}, {"params": ps[4:]}]

    ours, theirs = Optimizer(groups(params), rules.adam, lr=0.01), torch.optim.Adam(groups(twins), lr=0.01)
    for _ in range(20):
        grads = gradients(rng, params, share=0.7)
        give(twins, grads)
        ours.step(grads)
        theirs.step()
    assert_close(params, twins)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_blocks_change_no_bit(case):
    """Large arrays are cut and small ones gathered; the rule on each array alone gives the same bits."""
    rng = np.random.default_rng(6)
    size = BLOCK // 8
    params = arrays(rng, shapes=[(3,), (2 * size + 5,), (size,), (), (size - 1,), (2,), (4, 4)])
    alone = [(p.copy(), [0.0] * len(read_signature(case.rule).memories)) for p in params]
    optimizer = Optimizer(params, case.rule, **case.arguments)
    step = bind(case.rule, check_hyperparameters(case.rule, case.arguments))
    for t in (1, 2, 3):
        grads = gradients(rng, params)
        optimizer.step(grads)
        alone = [
            (new[0], new[1:]) for (p, m), g in zip(alone, grads, strict=True) for new in [step(p, g, m, t)]
        ]
    for p, (expected, memories), state in zip(params, alone, optimizer.state, strict=True):
        np.testing.assert_array_equal(p, expected)
        for name, memory in zip(read_signature(case.rule).memories, memories, strict=True):
            np.testing.assert_array_equal(state[name], memory)


def test_each_parameter_counts_its_own_steps():
    params = [np.ones(3), np.ones(3), np.ones(3)]
    optimizer = Optimizer(params, rules.adam, lr=0.1)
    for given in [(1, 1, 0), (1, 0, 0), (1, 1, 0)]:
        optimizer.step([np.ones(3) if g else None for g in given])
    assert [state["t"] for state in optimizer.state] == [3, 2, 0]
    assert optimizer.steps == 3
    np.testing.assert_array_equal(params[2], np.ones(3))
    assert optimizer.state[2]["m"] == 0.0


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("how", ["pickle", "deepcopy"])
def test_a_run_resumes_bit_for_bit_from_any_step(case, how):
    rng = np.random.default_rng(7)
    params = arrays(rng)
    grads = [gradients(rng, params, share=0.8) for _ in range(10)]
    optimizer = Optimizer(params, case.rule, **case.arguments)
    saved = []
    for g in grads:
        saved.append(copy.deepcopy((params, optimizer.state_dict())))
        optimizer.step(g)
    for k, (weights, state) in enumerate(saved):
        state = pickle.loads(pickle.dumps(state)) if how == "pickle" else state
        resumed = Optimizer(weights, case.rule, lr=123.0)
        resumed.load_state_dict(state)
        for g in grads[k:]:
            resumed.step(g)
        for p, q in zip(params, weights, strict=True):
            np.testing.assert_array_equal(p, q)


def test_a_state_dict_is_a_snapshot():
    optimizer = Optimizer([np.ones(2)], rules.adam)
    optimizer.step([np.ones(2)])
    state = optimizer.state_dict()
    before = copy.deepcopy(state)
    optimizer.step([np.ones(2)])
    np.testing.assert_array_equal(state["state"][0]["m"], before["state"][0]["m"])
    assert state["steps"] == 1


def test_a_run_with_a_schedule_resumes_with_the_same_schedule():
    schedule = lambda k: 0.1 / (k + 1)  # noqa: E731 (a function that cannot be pickled)
    w = np.ones(3)
    optimizer = Optimizer([w], rules.adam, lr=schedule)
    optimizer.step([np.ones(3)])
    state, v = pickle.loads(pickle.dumps(optimizer.state_dict())), w.copy()
    with pytest.raises(ValueError, match="make this optimizer with that schedule"):
        Optimizer([v], rules.adam).load_state_dict(state)
    resumed = Optimizer([v], rules.adam, lr=schedule)
    resumed.load_state_dict(state)
    for o in (optimizer, resumed):
        o.step([np.ones(3)])
    np.testing.assert_array_equal(v, w)


def test_a_deep_copy_goes_its_own_way():
    w = np.ones(4)
    optimizer = Optimizer([w], rules.adam, lr=0.1)
    optimizer.step([np.ones(4)])
    twin = copy.deepcopy(optimizer)
    twin.step([np.ones(4)])
    assert optimizer.state[0]["t"] == 1
    optimizer.step([np.ones(4)])
    np.testing.assert_array_equal(twin.param_groups[0]["params"][0], w)
    np.testing.assert_array_equal(twin.state[0]["m"], optimizer.state[0]["m"])


def normalised(p, g, *, lr=0.1):
    return p - lr * g / norm(g)


normalised.whole_tensor = True


def test_a_rule_of_ones_own_may_need_the_whole_tensor():
    rng = np.random.default_rng(8)
    p, g = rng.standard_normal((300, 200)), rng.standard_normal((300, 200))
    expected = normalised(p, g)
    Optimizer([p], normalised).step([g])
    np.testing.assert_array_equal(p, expected)


def cautious(p, g, m, *, lr=0.1):
    """A step only where the momentum and the gradient agree; and the memory is handed on as it was."""
    new = 0.9 * m + 0.1 * g
    return p - lr * where(new * g > 0, new, 0.0 * new), new


def swapped(p, g, m, *, lr=0.1):
    return m - lr * g, p


@pytest.mark.parametrize("rule", [cautious, swapped])
def test_a_rule_of_ones_own_may_branch_on_data_and_swap(rule):
    rng = np.random.default_rng(9)
    p, m = rng.standard_normal(5), 0.0
    q = p.copy()
    optimizer = Optimizer([q], rule)
    for _ in range(4):
        g = rng.standard_normal(5)
        p, m = rule(p, g, m)
        optimizer.step([g])
        np.testing.assert_array_equal(q, p)


READ_ONLY = np.ones(3)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ([], ValueError, "params is empty"),
        (np.ones(3), TypeError, "list of arrays"),
        ([[1.0, 2.0]], TypeError, r"params\[0\] must be a NumPy array, got list"),
        ([np.ones(2), np.arange(3)], TypeError, r"params\[1\] must be of a float dtype, got int64"),
        ([np.ones(2, complex)], TypeError, "float dtype, got complex128"),
        ([READ_ONLY], ValueError, r"params\[0\] is read-only"),
        ([np.ones((3, 4)).T], ValueError, r"params\[0\] is not C-contiguous"),
        ([np.ones(8)[::2]], ValueError, r"params\[0\] is not C-contiguous"),
        ([READ_ONLY.copy()] * 2, ValueError, r"params\[1\] is an array that was given before"),
        ([{"lr": 0.1}], ValueError, "needs a key 'params'"),
        ([{"params": [np.ones(2)], "lr": -1.0}], ValueError, r"lr must be finite and >= 0, got -1.0"),
        ([{"params": [np.ones(2)], "momentum": 0.9}], TypeError, "adam has no hyperparameter 'momentum'"),
    ],
)
def test_parameters_that_cannot_be_used(params, error, words):
    with pytest.raises(error, match=words):
        Optimizer(params, rules.adam)


@pytest.mark.parametrize(
    ("grads", "error", "words"),
    [
        ([np.ones(3)], ValueError, "list of 2 gradients"),
        (np.ones((2, 3)), ValueError, "list of 2 gradients"),
        (
            [np.ones(3), [1.0, 2.0]],
            TypeError,
            r"gradient of params\[1\] must be a NumPy array or None, got list",
        ),
        (
            [np.ones(3), np.ones(3)],
            ValueError,
            r"gradient of params\[1\] has shape \(3,\), the parameter \(2,\)",
        ),
        (
            [np.ones(3, np.float32), np.ones(2)],
            TypeError,
            r"params\[0\] has dtype float32, the parameter float64",
        ),
        ([np.ones(3, int), np.ones(2)], TypeError, r"params\[0\] has dtype int64"),
        (
            [np.ones(3), np.array([1.0, np.nan])],
            ValueError,
            r"params\[1\] is not finite at step 2: element \[1\] is nan",
        ),
        (
            [np.array([1, np.inf, 0]), None],
            ValueError,
            r"params\[0\] is not finite at step 2: element \[1\] is inf",
        ),
    ],
)
def test_gradients_that_cannot_be_used_change_nothing(grads, error, words):
    params = [np.ones(3), np.ones(2)]
    optimizer = Optimizer(params, rules.adam, lr=0.1)
    optimizer.step([np.ones(3), np.ones(2)])
    before = copy.deepcopy((params, optimizer.state_dict()))
    with pytest.raises(error, match=words):
        optimizer.step(grads)
    after = (params, optimizer.state_dict())
    np.testing.assert_equal(after, before)


def test_a_large_finite_gradient_is_not_taken_for_an_infinite_one():
    w = np.ones(2, np.float32)
    Optimizer([w], rules.gradient_descent, lr=1e-30).step([np.full(2, 1e30, np.float32)])
    np.testing.assert_array_equal(w, [0.0, 0.0])


@pytest.mark.parametrize(
    ("schedule", "error"),
    [(lambda step: -0.1, ValueError), (lambda step: None, TypeError)],
    ids=["negative", "None"],
)
def test_a_schedule_that_gives_no_learning_rate(schedule, error):
    w = np.ones(2)
    with pytest.raises(error, match="lr must be"):
        Optimizer([w], rules.adam, lr=schedule).step([np.ones(2)])
    np.testing.assert_array_equal(w, [1.0, 1.0])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda s: s | {"rule": "sgd"}, "state is that of 'sgd', this optimizer runs 'adam'"),
        (lambda s: {}, "the state dict has no"),
        (lambda s: s | {"state": s["state"][:1]}, "groups of"),
        (lambda s: s | {"param_groups": s["param_groups"] * 2}, "groups of"),
        (lambda s: s | {"state": [{"t": 1}, s["state"][1]]}, r"params\[0\] has no 'm'"),
        (lambda s: s | {"state": s["state"][::-1]}, r"m of params\[0\] has shape \(2,\)"),
        (lambda s: s | {"param_groups": [s["param_groups"][0] | {"lr": -1.0}]}, "lr must be finite and >= 0"),
    ],
)
def test_state_dicts_that_cannot_be_loaded_change_nothing(spoil, words):
    params = [np.ones(3), np.ones(2)]
    optimizer = Optimizer(params, rules.adam, lr=0.1)
    optimizer.step([np.ones(3), np.ones(2)])
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(ValueError, match=words):
        optimizer.load_state_dict(spoil(copy.deepcopy(before)))
    np.testing.assert_equal(optimizer.state_dict(), before)
