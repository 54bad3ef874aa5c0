"""The form that the signature of a rule must have."""

import pytest

from lessons_pkg import rules
from lessons_pkg.protocol import bind, check_hyperparameters, read_signature


@pytest.mark.parametrize(
    ("rule", "memories", "takes_step"),
    [
        (rules.gradient_descent, (), False),
        (rules.heavy_ball, ("b",), False),
        (rules.sgd, ("b",), True),
        (rules.adam, ("m", "v", "v_max"), True),
    ],
)
def test_what_a_signature_says(rule, memories, takes_step):
    signature = read_signature(rule)
    assert (signature.memories, signature.takes_step) == (memories, takes_step)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("adam", "a rule is a function"),
        (lambda g, p, *, lr=0.1: p, "the signature of a rule is"),
        (lambda p, *, lr=0.1: p, "the signature of a rule is"),
        (lambda p, g, t, m, *, lr=0.1: (p, m), "the signature of a rule is"),
        (lambda p, g, *memories, lr=0.1: p, "the signature of a rule is"),
        (lambda p, g, *, lr=0.1, **more: p, "the signature of a rule is"),
        (lambda p, g: p, "needs a hyperparameter lr"),
        (lambda p, g, *, lr: p, "needs a hyperparameter lr, and a default for each"),
        (lambda p, g, *, lr=0.1, beta: p, "a default for each hyperparameter"),
    ],
)
def test_signatures_of_another_form(rule, words):
    with pytest.raises(TypeError, match=words):
        read_signature(rule)


def test_a_rule_of_ones_own_may_have_hyperparameters_of_its_own():
    def my_rule(p, g, *, lr=0.1, sharpness=2.0):
        return p - lr * sharpness * g

    checked = check_hyperparameters(my_rule, {"sharpness": -3})
    assert bind(my_rule, checked)(1.0, 1.0, [], 1) == (1.3,)
    with pytest.raises(ValueError, match="sharpness must be finite"):
        check_hyperparameters(my_rule, {"sharpness": float("inf")})


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        ({}, 2.0 - 0.1 * 3.0),
        ({"maximize": True}, 2.0 + 0.1 * 3.0),
        ({"weight_decay": 0.5}, 2.0 - 0.1 * (3.0 + 0.5 * 2.0)),
        ({"weight_decay": 0.5, "maximize": True}, 2.0 - 0.1 * (-3.0 + 0.5 * 2.0)),
        ({"weight_decay": 0.5, "decoupled_weight_decay": True}, (1 - 0.1 * 0.5) * 2.0 - 0.1 * 3.0),
    ],
    ids=str,
)
def test_what_every_optimizer_does_before_its_rule(shared, expected):
    step = bind(rules.gradient_descent, check_hyperparameters(rules.gradient_descent, {"lr": 0.1} | shared))
    assert step(2.0, 3.0, [], 1) == (pytest.approx(expected, rel=1e-15),)
