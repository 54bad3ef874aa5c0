"""TorchOptimizer: a real torch.optim.Optimizer around each rule, plain and compiled."""

import copy
import io
import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from cases import CASES
from conftest import missing

from lessons_pkg import Optimizer, compiled, rules
from lessons_pkg.ops import norm
from lessons_pkg.torch_optimizer import SLICE, TorchOptimizer

SHAPES = [(7,), (), (0,), (1, 1), (2, 3, 4), (5, 6)]
# One configuration a rule, the one with every hyperparameter set, is enough for what is not the rule's own.
FULL = list({case.rule: case for case in CASES if case.comment.startswith("all")}.values())


@pytest.fixture(params=[False, True], ids=["plain", "compiled"])
def compile(request, monkeypatch):
    """Plain, and on the path of compile=True: all of it but the compiler, which takes seconds a kernel."""
    if request.param:
        compiled.torch_kernel.cache_clear()
        monkeypatch.setattr(torch, "compile", lambda function, **_: function)
        yield True
        compiled.torch_kernel.cache_clear()
    else:
        yield False


def parameters(rng, dtype=torch.float64):
    """Tensors of odd shapes; the last is not contiguous."""
    values = [torch.tensor(rng.standard_normal(shape), dtype=dtype) for shape in SHAPES]
    values[-1] = values[-1].T
    return [torch.nn.Parameter(value) for value in values]


def give_gradients(rng, *twins, share=1.0):
    for same in zip(*twins, strict=True):
        shape, given = same[0].shape, rng.random() < share
        g = torch.tensor(rng.standard_normal(shape), dtype=same[0].dtype) if given else None
        for p in same:
            p.grad = g


def assert_close(params, twins):
    for p, twin in zip(params, twins, strict=True):
        ours, theirs = p.detach().numpy(), twin.detach().numpy()
        if p.dtype == torch.float64:
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)
        else:
            assert np.linalg.norm(ours - theirs) <= 1e-5 * np.linalg.norm(theirs)


def twins_of(params):
    return [torch.nn.Parameter(p.detach().clone()) for p in params]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_200_steps_equal_torchs(case, dtype, compile, float64_by_default):
    rng = np.random.default_rng(0)
    params = parameters(rng, dtype)
    twins = twins_of(params)
    ours, theirs = TorchOptimizer(params, case.rule, compile=compile, **case.arguments), case.torch(twins)
    for _ in range(200):
        give_gradients(rng, params, twins, share=0.8)
        ours.step()
        theirs.step()
    assert_close(params, twins)


@pytest.mark.parametrize("case", FULL, ids=str)
def test_large_tensors_in_slices_equal_torchs(case, compile, float64_by_default):
    rng = np.random.default_rng(1)
    params = [
        torch.nn.Parameter(torch.tensor(rng.standard_normal(size))) for size in (2 * SLICE + 5, 3, SLICE)
    ]
    twins = twins_of(params)
    ours, theirs = TorchOptimizer(params, case.rule, compile=compile, **case.arguments), case.torch(twins)
    for _ in range(5):
        give_gradients(rng, params, twins)
        ours.step()
        theirs.step()
    assert_close(params, twins)


@pytest.mark.parametrize("case", FULL, ids=str)
def test_torch_and_numpy_do_the_same(case, compile):
    """The two optimizers of this package, on the same gradients: only a root may differ in its last bit."""
    rng = np.random.default_rng(2)
    arrays = [rng.standard_normal(shape) for shape in [(3, 4), (5,)]]
    params = [torch.nn.Parameter(torch.tensor(a)) for a in arrays]
    ours = Optimizer(arrays, case.rule, **case.arguments)
    torchs = TorchOptimizer(params, case.rule, compile=compile, **case.arguments)
    for _ in range(50):
        give_gradients(rng, params)
        ours.step([p.grad.numpy() for p in params])
        torchs.step()
    for a, p in zip(arrays, params, strict=True):
        np.testing.assert_allclose(a, p.detach().numpy(), rtol=1e-12, atol=1e-14)


def test_the_compiler_itself_agrees():
    """The real torch.compile, on float64, float32 and bfloat16, on one rule with every kind of memory."""
    if not any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "g++", "clang++", "cl")):
        missing("no C++ compiler: install g++, clang++ or MSVC to test compile=True")
    for dtype, tolerance in [(torch.float64, 1e-13), (torch.float32, 1e-5), (torch.bfloat16, 2e-2)]:
        rng = np.random.default_rng(3)
        params = [
            torch.nn.Parameter(torch.tensor(rng.standard_normal(s), dtype=dtype)) for s in [(300,), (7, 5)]
        ]
        twins = twins_of(params)
        ours = TorchOptimizer(params, rules.adam, compile=True, lr=0.01, amsgrad=True)
        theirs = torch.optim.Adam(twins, lr=0.01, amsgrad=True, fused=True)
        for _ in range(5):
            give_gradients(rng, params, twins)
            ours.step()
            theirs.step()
        for p, twin in zip(params, twins, strict=True):
            torch.testing.assert_close(p, twin, rtol=tolerance, atol=tolerance)


WITHOUT_COMPILER = """
import torch
from lessons_pkg.rules import adam
from lessons_pkg.torch_optimizer import TorchOptimizer

p = torch.nn.Parameter(torch.ones(3))
p.grad = torch.ones(3)
try:
    TorchOptimizer([p], adam, compile=True).step()
except RuntimeError as error:
    print(error, p.tolist())
"""


def test_without_a_compiler_the_error_says_so(tmp_path):
    nowhere = str(tmp_path)
    hidden = {"PATH": nowhere, "CXX": str(tmp_path / "none"), "TORCHINDUCTOR_CACHE_DIR": nowhere}
    printed = subprocess.run(
        [sys.executable, "-c", WITHOUT_COMPILER], env=os.environ | hidden, capture_output=True, text=True
    ).stdout
    assert "compile=True needs a C++ compiler" in printed
    assert "[1.0, 1.0, 1.0]" in printed


def test_each_parameter_counts_its_own_steps(compile):
    params = [torch.nn.Parameter(torch.ones(2)) for _ in range(3)]
    optimizer = TorchOptimizer(params, rules.adam, compile=compile)
    for given in [(1, 1, 0), (1, 0, 0), (1, 1, 0)]:
        for p, g in zip(params, given, strict=True):
            p.grad = torch.ones(2) if g else None
        optimizer.step()
    assert [optimizer.state[p].get("step", 0) for p in params] == [3, 2, 0]


def test_groups_closures_and_a_new_group(compile):
    rng = np.random.default_rng(4)
    model, twin = torch.nn.Linear(4, 3), torch.nn.Linear(4, 3)
    twin.load_state_dict(model.state_dict())
    x = torch.tensor(rng.standard_normal((10, 4)), dtype=torch.float32)

    def optimizer_and_closure(net, make):
        optimizer = make([{"params": [net.weight], "lr": 0.1}])
        optimizer.add_param_group({"params": [net.bias], "betas": (0.5, 0.9)})

        def closure():
            optimizer.zero_grad()
            loss = net(x).square().sum()
            loss.backward()
            return loss

        return optimizer, closure

    ours, mine = optimizer_and_closure(
        model, lambda g: TorchOptimizer(g, rules.adam, compile=compile, lr=0.01)
    )
    theirs, yours = optimizer_and_closure(twin, lambda g: torch.optim.Adam(g, lr=0.01))
    for _ in range(20):
        assert ours.step(mine).item() == pytest.approx(theirs.step(yours).item(), rel=1e-4)
    torch.testing.assert_close(model.bias, twin.bias)


SCHEDULERS = {
    "StepLR": lambda o: torch.optim.lr_scheduler.StepLR(o, 3),
    "LambdaLR": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda k: 1 / (k + 1)),
    "CosineAnnealingLR": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10),
    "OneCycleLR": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=40),
    "CyclicLR": lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.001, 0.1, step_size_up=5),
    "ReduceLROnPlateau": lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, patience=2),
    "SequentialLR": lambda o: torch.optim.lr_scheduler.SequentialLR(
        o,
        [torch.optim.lr_scheduler.LinearLR(o), torch.optim.lr_scheduler.ExponentialLR(o, 0.9)],
        milestones=[5],
    ),
}


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("rule", ["adam", "sgd"])
def test_every_scheduler_of_torch_drives_it(rule, scheduler, compile):
    """OneCycleLR and CyclicLR change the momentum too."""
    rng = np.random.default_rng(5)
    arguments = {"lr": 0.05} | ({"momentum": 0.9} if rule == "sgd" else {})
    params = parameters(rng)
    twins = twins_of(params)
    ours = TorchOptimizer(params, getattr(rules, rule), compile=compile, **arguments)
    theirs = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[rule](twins, **arguments)
    schedulers = [SCHEDULERS[scheduler](ours), SCHEDULERS[scheduler](theirs)]
    for k in range(30):
        give_gradients(rng, params, twins)
        ours.step()
        theirs.step()
        for s in schedulers:
            s.step(*([1.0 / (k % 4 + 1)] if scheduler == "ReduceLROnPlateau" else []))
        assert ours.param_groups[0]["lr"] == theirs.param_groups[0]["lr"]
    assert_close(params, twins)


def through_torch_save(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file)


@pytest.mark.parametrize("how", [copy.deepcopy, through_torch_save, lambda s: pickle.loads(pickle.dumps(s))])
@pytest.mark.parametrize("case", FULL, ids=str)
def test_a_state_dict_resumes_bit_for_bit(case, how, compile):
    rng = np.random.default_rng(6)
    params = parameters(rng)
    optimizer = TorchOptimizer(params, case.rule, compile=compile, **case.arguments)
    for _ in range(3):
        give_gradients(rng, params, share=0.8)
        optimizer.step()
    twins = twins_of(params)
    twin = TorchOptimizer(twins, case.rule, compile=compile, lr=9.0)
    twin.load_state_dict(how(optimizer.state_dict()))
    for _ in range(3):
        give_gradients(rng, params, twins, share=0.8)
        optimizer.step()
        twin.step()
    for p, q in zip(params, twins, strict=True):
        assert torch.equal(p, q)


@pytest.mark.parametrize(
    "how", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))], ids=["deepcopy", "pickle"]
)
def test_a_copy_of_optimizer_and_parameters_goes_on_alike(how, compile):
    rng = np.random.default_rng(7)
    params = parameters(rng)
    optimizer = TorchOptimizer(params, rules.nadam, compile=compile)
    give_gradients(rng, params)
    optimizer.step()
    twins, twin = how((params, optimizer))
    give_gradients(rng, params, twins)
    optimizer.step()
    twin.step()
    give_gradients(rng, twins)
    twin.step()  # alone: the original does not notice
    assert optimizer.state[params[0]]["step"] == 2
    assert twin.state[twins[0]]["step"] == 3
    assert twin.compile == compile


def test_a_rule_of_ones_own_may_need_the_whole_tensor(compile):
    def normalised(p, g, *, lr=0.1):
        return p - lr * g / norm(g)

    normalised.whole_tensor = True
    p, g = torch.randn(3 * SLICE), torch.randn(3 * SLICE)
    param = torch.nn.Parameter(p.clone())
    param.grad = g
    TorchOptimizer([param], normalised, compile=compile).step()
    torch.testing.assert_close(param.detach(), p - 0.1 * g / g.norm())


def one():
    return torch.nn.Parameter(torch.ones(3))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: TorchOptimizer([], rules.adam), ValueError, "empty parameter list"),
        (
            lambda: TorchOptimizer([torch.arange(3)], rules.adam),
            TypeError,
            r"params\[0\] must be a dense float",
        ),
        (lambda: TorchOptimizer([torch.ones(2, dtype=torch.cfloat)], rules.adam), TypeError, "dense float"),
        (
            lambda: TorchOptimizer([("w", torch.arange(3))], rules.adam),
            TypeError,
            "'w' must be a dense float",
        ),
        (lambda: TorchOptimizer([one()], rules.adam, lr=-1.0), ValueError, "lr must be finite and >= 0"),
        (lambda: TorchOptimizer([one()], rules.adam, lr=lambda k: 0.1), TypeError, "lr_scheduler"),
        (
            lambda: TorchOptimizer([one()], rules.adam, momentum=0.9),
            TypeError,
            "no hyperparameter 'momentum'",
        ),
        (lambda: TorchOptimizer([{"params": [one()], "eps": -1}], rules.adam), ValueError, "eps must be"),
        (lambda: TorchOptimizer([one()], "adam"), TypeError, "a rule is a function"),
    ],
)
def test_what_cannot_be_used(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_gradients_that_cannot_be_used_change_nothing():
    params = [torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2))]
    optimizer = TorchOptimizer([("first", params[0]), ("second", params[1])], rules.adam)
    params[0].grad, params[1].grad = torch.ones(2), torch.tensor([1.0, torch.inf])
    with pytest.raises(ValueError, match="gradient of 'second' is not finite at step 1"):
        optimizer.step()
    params[1].grad = torch.ones(2).to_sparse()
    with pytest.raises(TypeError, match="gradient of 'second' must be dense"):
        optimizer.step()
    assert torch.equal(params[0].detach(), torch.ones(2))
    assert not optimizer.state[params[0]]


@pytest.mark.parametrize("compile", [True], indirect=True, ids=["compiled"])
@pytest.mark.parametrize("rule", [rules.sgd, rules.adam, rules.nadam], ids=lambda rule: rule.__name__)
def test_an_element_without_a_finite_gradient_stays_as_it_was(rule, compile):
    bad, good = [torch.tensor(row, dtype=torch.float64) for row in ([1.0, torch.nan], [1.0, 1.0])]
    params = [torch.nn.Parameter(torch.ones(2, dtype=torch.float64)) for _ in range(2)]
    optimizer = TorchOptimizer([("first", params[0]), ("second", params[1])], rule, lr=0.1, compile=compile)
    params[0].grad, params[1].grad = good, bad
    with pytest.raises(ValueError, match="gradient of 'second' is not finite at step 1; the elements"):
        optimizer.step()
    assert params[1][1] == 1.0
    assert params[1][0] == params[0][0] == params[0][1] != 1.0
    params[1].grad = good
    optimizer.step()
    assert all(torch.isfinite(p).all() for p in params)
    assert params[0][0] == params[1][0]


def test_the_state_of_another_rule_is_refused():
    state = TorchOptimizer([one()], rules.adam).state_dict()
    with pytest.raises(ValueError, match="state is that of 'adam', this optimizer runs 'sgd'"):
        TorchOptimizer([one()], rules.sgd).load_state_dict(state)


def test_a_tensor_may_hold_the_learning_rate():
    p = one()
    p.grad = torch.ones(3)
    TorchOptimizer([p], rules.gradient_descent, lr=torch.tensor(0.5)).step()
    assert torch.equal(p.detach(), torch.full((3,), 0.5))
