"""Every hyperparameter of every rule: what is allowed, and what is said of what is not."""

import math

import numpy as np
import pytest

from lessons_pkg import rules
from lessons_pkg.protocol import check_hyperparameters, read_signature

EVERY_RULE = [getattr(rules, name) for name in rules.__all__]
HYPERPARAMETERS = [(rule, name) for rule in EVERY_RULE for name in read_signature(rule).defaults]


def names(x):
    return getattr(x, "__name__", x)


@pytest.mark.parametrize(("rule", "name"), HYPERPARAMETERS, ids=names)
def test_what_is_out_of_range_or_of_the_wrong_kind(rule, name):
    default = read_signature(rule).defaults[name]
    if isinstance(default, bool):
        wrong = [(1, TypeError), ("yes", TypeError), (None, TypeError)]
    elif isinstance(default, tuple):
        wrong = [(0.9, TypeError), ((0.9,), TypeError), ((0.9, "x"), TypeError)]
        wrong += [((1.0, 0.9), ValueError), ((0.9, -0.1), ValueError), ((0.9, math.nan), ValueError)]
    else:
        wrong = [("0.1", TypeError), (None, TypeError), (True, TypeError), (np.array([0.1]), TypeError)]
        wrong += [(math.nan, ValueError), (math.inf, ValueError)]
        wrong += [(-1e-9, ValueError)] if name != "dampening" else []
        wrong += [(1.1, ValueError)] if name == "rho" else []
    for value, error in wrong:
        with pytest.raises(error, match=rf"{name}.* must be .*got"):
            check_hyperparameters(rule, {name: value})


@pytest.mark.parametrize("rule", EVERY_RULE, ids=names)
def test_the_defaults_are_torchs(rule):
    """The same names and defaults. The textbook forms of momentum have some, torch.optim.SGD has none."""
    import torch

    torch_class = {
        "gradient_descent": torch.optim.SGD,
        "heavy_ball": torch.optim.SGD,
        "nesterov": torch.optim.SGD,
        "sgd": torch.optim.SGD,
        "rmsprop": torch.optim.RMSprop,
        "adamw": torch.optim.AdamW,
        "nadam": torch.optim.NAdam,
        "radam": torch.optim.RAdam,
    }.get(rule.__name__) or getattr(torch.optim, rule.__name__.capitalize())
    theirs = torch_class([torch.nn.Parameter(torch.ones(1))]).defaults
    not_hyperparameters = {"foreach", "fused", "capturable", "differentiable"}
    for name, default in check_hyperparameters(rule, {}).items():
        if name == "momentum" and rule in (rules.heavy_ball, rules.nesterov):
            assert default == 0.9
        elif name in theirs:
            assert default == theirs[name], name
        else:
            assert name == "decoupled_weight_decay"
    if rule not in (rules.gradient_descent, rules.heavy_ball, rules.nesterov):
        missing = set(theirs) - not_hyperparameters - set(check_hyperparameters(rule, {}))
        assert missing <= {"decoupled_weight_decay"}  # AdamW's decay is always decoupled


@pytest.mark.parametrize(
    "value", [1, np.float32(1), np.float64(1), np.int64(1), np.array(1.0)[()]], ids=lambda v: type(v).__name__
)
def test_numbers_of_every_kind_become_floats(value):
    """A NumPy scalar would turn float32 parameters into float64."""
    assert type(check_hyperparameters(rules.adam, {"lr": value})["lr"]) is float


def test_a_schedule_is_left_as_it_is():
    schedule = abs
    assert check_hyperparameters(rules.adam, {"lr": schedule})["lr"] is schedule


@pytest.mark.parametrize("given", [{}, {"momentum": 0.0}, {"momentum": 0.9, "dampening": 0.1}])
def test_nesterov_needs_momentum_and_no_dampening(given):
    with pytest.raises(ValueError, match="nesterov=True needs momentum > 0 and dampening = 0"):
        check_hyperparameters(rules.sgd, {"nesterov": True} | given)


def test_a_name_that_the_rule_does_not_have():
    with pytest.raises(TypeError, match="adam has no hyperparameter 'beta1'; it has lr, betas, eps"):
        check_hyperparameters(rules.adam, {"beta1": 0.9})
    with pytest.raises(TypeError, match="adamw has no hyperparameter 'decoupled_weight_decay'"):
        check_hyperparameters(rules.adamw, {"decoupled_weight_decay": True})
