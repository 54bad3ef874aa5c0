"""Each rule against its class of torch.optim, and against itself on other kinds of numbers."""

import inspect

import numpy as np
import pytest
import sympy
import torch
from cases import CASES

from lessons_pkg import rules
from lessons_pkg.protocol import bind, check_hyperparameters, read_signature
from lessons_pkg.recording import numpy_kernel, record

# torch's name of each memory
TORCH_STATE = {
    "momentum_buffer": "b",
    "sum": "s",
    "square_avg": "v",
    "grad_avg": "m",
    "acc_delta": "u",
    "exp_avg": "m",
    "exp_avg_sq": "v",
    "max_exp_avg_sq": "v_max",
    "exp_inf": "u",
    "mu_product": "mu_product",
}
EVERY_RULE = [getattr(rules, name) for name in rules.__all__]


def bound(case):
    return bind(case.rule, check_hyperparameters(case.rule, case.arguments))


def memories_of(case, torch_state):
    """A rule's memories as torch holds them; zero where torch has none."""
    held = {
        TORCH_STATE[k]: v.numpy().copy() for k, v in torch_state.items() if k in TORCH_STATE and v is not None
    }
    values = [held.get(name, np.array(0.0)) for name in read_signature(case.rule).memories]
    return [value if value.ndim else float(value) for value in values]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_step_from_torchs_own_state(case, float64_by_default):
    """64 units in the last place of what the step adds up, for the parameter and for every memory."""
    rng = np.random.default_rng(0)
    p = torch.nn.Parameter(torch.tensor(rng.standard_normal(50)))
    optimizer, step, names = case.torch([p]), bound(case), read_signature(case.rule).memories
    for t in range(1, 31):
        g = rng.standard_normal(50) * 10.0 ** rng.integers(-3, 3)
        memories = memories_of(case, optimizer.state[p]) if t > 1 else [0.0] * len(names)
        before = [p.detach().numpy().copy(), *memories]
        ours = step(before[0], g, before[1:], t)
        p.grad = torch.tensor(g)
        optimizer.step()
        theirs = [p.detach().numpy(), *memories_of(case, optimizer.state[p])]
        for name, old, mine, torchs in zip(("p", *names), before, ours, theirs, strict=True):
            if not np.isscalar(torchs) or torchs != 0:  # torch keeps no memory that it does not use
                allowed = 64 * np.finfo(float).eps * (np.abs(old) + np.abs(torchs - old))
                assert (np.abs(mine - torchs) <= allowed).all(), (name, t)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_python_floats_equal_numpy_to_the_bit(case):
    rng = np.random.default_rng(1)
    step, names = bound(case), read_signature(case.rule).memories
    p, memories = rng.standard_normal(7), [0.0] * len(names)
    floats = [(float(x), [0.0] * len(names)) for x in p]
    for t in range(1, 101):
        g = rng.standard_normal(7)
        p, *memories = step(p, g, memories, t)
        floats = [
            (new[0], new[1:])
            for (x, m), gx in zip(floats, g, strict=True)
            for new in [step(x, float(gx), m, t)]
        ]
        assert all(type(x) is float for x, _ in floats)
        np.testing.assert_array_equal(p, [x for x, _ in floats])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_recorded_program_equals_the_rule_to_the_bit(case):
    rng = np.random.default_rng(2)
    step, names = bound(case), read_signature(case.rule).memories
    memories = [
        rng.random(9) + (name == "v") for name in names
    ]  # a mean of squares is above the mean's square
    scalar = [k for k, name in enumerate(names) if name == "mu_product"]
    for k in scalar:
        memories[k] = 0.5
    for t in (1, 2, 3, 50):
        p, g = rng.standard_normal(9), rng.standard_normal(9)
        expected = step(p, g, memories, t)
        given = [None if isinstance(m, np.ndarray) else m for m in memories]
        program, numbers, results = record(step, names, given, t)
        kernel, buffers = numpy_kernel(program)
        arrays = {"p": p, "g": g.copy()} | dict(zip(names, memories, strict=True))
        kernel([arrays[name] for name in program.inputs], numbers, [np.empty(9) for _ in range(buffers)])
        for name, value, number in zip(("p", *names), expected, (None, *results), strict=True):
            np.testing.assert_array_equal(arrays[name] if number is None else number, value, err_msg=name)
        np.testing.assert_array_equal(arrays["g"], g)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.__name__)
def test_the_dtype_of_the_parameter_is_kept(rule, dtype):
    step, names = bind(rule, check_hyperparameters(rule, {})), read_signature(rule).memories
    memories = [0.0] * len(names)
    for t in (1, 2):
        p, *memories = step(np.ones(3, dtype), np.ones(3, dtype), memories, t)
        assert p.dtype == dtype
        assert all(m.dtype == dtype for m in memories if isinstance(m, np.ndarray))


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.__name__)
def test_a_rule_runs_on_sympy_symbols(rule):
    """With numbers put in for the symbols, the formula gives what the rule gives on floats."""
    signature = read_signature(rule)
    h = check_hyperparameters(rule, {"momentum": 0.9} if "momentum" in signature.own else {})
    names = ("p", "g", *signature.memories)
    values = dict(zip(names, (0.7, 0.3, 0.2, 0.4, 0.1, 0.5), strict=False))
    symbols = {name: sympy.Symbol(name, positive=True) for name in names}
    step = bind(rule, h)
    formula = step(symbols["p"], symbols["g"], [symbols[m] for m in signature.memories], 10)
    numbers = step(values["p"], values["g"], [values[m] for m in signature.memories], 10)
    for expression, number in zip(formula, numbers, strict=True):
        given = {symbols[name]: value for name, value in values.items()}
        assert float(sympy.sympify(expression).subs(given)) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.__name__)
def test_a_rule_is_documented(rule):
    """The module has the formula, a row for each argument, and the source; the function has one line."""
    text = inspect.getmodule(rule).__doc__
    assert ".. math::" in text
    assert "Source" in text
    for name in inspect.signature(rule).parameters:
        assert f"``{name}``" in text, name
    assert len(rule.__doc__.splitlines()) == 1


def test_a_rule_imports_nothing_but_ops():
    for rule in EVERY_RULE:
        imports = [
            line
            for line in inspect.getsource(inspect.getmodule(rule)).splitlines()
            if "import" in line.split()
        ]
        assert all(line.startswith("from lessons_pkg.ops import") for line in imports), rule


@pytest.mark.parametrize("beta2", [0.0, 1 / 3, 0.6, 2 / 3, 0.67])
def test_radam_with_a_short_average_divides_by_nothing(beta2):
    """rho_inf is 2 or 4 for some beta2: the rectification would divide by zero, and is never asked for."""
    p = 1.0, 0.0, 0.0
    for t in range(1, 50):
        p = rules.radam(p[0], 0.5, p[1], p[2], t, betas=(0.9, beta2))
        assert np.isfinite(p).all()
