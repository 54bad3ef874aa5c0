"""Every formula that defines an update, in the chapters and in the rules' documentation, against the code."""

import inspect
import re
from pathlib import Path

import pytest
import sympy
from latex import evaluate, parse_schedule

from lessons_pkg import rules, schedules
from lessons_pkg.protocol import read_signature

TEXTS = sorted(Path(__file__).parents[1].glob("book/text/*.md"))
LABELLED = re.compile(r"```\{math\}\n:label: ((?:rule|schedule)-[\w-]+)\n(.*?)```", re.DOTALL)

# Decays at which RAdam takes its one branch at the third step and the other at the seventh.
BETAS = {"beta1": sympy.Rational(9, 10), "beta2": sympy.Rational(999, 1000)}

# What each labelled equation defines: the rule, and the step or the hyperparameters that choose this form.
FORMS = {
    "rule-gradient-descent": (rules.gradient_descent, {}),
    "rule-stochastic-gradient-descent": (rules.gradient_descent, {}),
    "rule-heavy-ball": (rules.heavy_ball, {}),
    "rule-nesterov": (rules.nesterov, {}),
    "rule-sgd": (rules.sgd, {}),
    "rule-sgd-first": (rules.sgd, {"t": 1}),
    "rule-sgd-nesterov": (rules.sgd, {"nesterov": True, "dampening": 0}),
    "rule-adamw": (rules.adamw, {}),
    "rule-adagrad": (rules.adagrad, {"lr_decay": 0}),
    "rule-adagrad-torch": (rules.adagrad, {}),
    "rule-rmsprop": (rules.rmsprop, {"momentum": 0}),
    "rule-rmsprop-centered": (rules.rmsprop, {"momentum": 0, "centered": True}),
    "rule-rmsprop-momentum": (rules.rmsprop, {}),
    "rule-adadelta": (rules.adadelta, {}),
    "rule-adam": (rules.adam, {}),
    "rule-adam-amsgrad": (rules.adam, {"amsgrad": True}),
    "rule-radam": (rules.radam, BETAS | {"t": 7}),
    "rule-radam-first": (rules.radam, BETAS | {"t": 3}),
}
LABELS = {
    label: (text.name, latex) for text in TEXTS for label, latex in LABELLED.findall(text.read_text("utf-8"))
}
EQUATIONS = {label: of for label, of in LABELS.items() if label.startswith("rule-")}

# The first formula in the documentation of each rule, at the steps and settings that take another branch.
DOCUMENTED = [
    (rules.gradient_descent, {}),
    (rules.heavy_ball, {}),
    (rules.nesterov, {}),
    (rules.sgd, {"t": 1}),
    (rules.sgd, {"t": 2}),
    (rules.adagrad, {}),
    (rules.rmsprop, {"momentum": 0}),
    (rules.adadelta, {}),
    (rules.adam, {}),
    (rules.adamw, {}),
    (rules.nadam, {}),
    (rules.radam, BETAS | {"t": 3}),
    (rules.radam, BETAS | {"t": 7}),
    (rules.adamax, {}),
]


def values_before(rule, chosen):
    """A symbol for everything that goes into a step, or the value chosen for it."""
    signature = read_signature(rule)
    own = [name for name, default in signature.own.items() if not isinstance(default, (bool, tuple))]
    betas = ["beta1", "beta2"] if "betas" in signature.own else []
    names = ["p", "g", "t", *signature.memories, *own, *betas]
    symbols = {name: sympy.Symbol(name, positive=True) for name in names}
    return symbols | {name: sympy.sympify(value) for name, value in chosen.items() if name in symbols}


def run(rule, values, flags):
    signature = read_signature(rule)
    own = {name: values[name] for name in signature.own if name in values} | flags
    if "betas" in signature.own:
        own["betas"] = (values["beta1"], values["beta2"])
    memories = [values[name] for name in signature.memories]
    t = [int(values["t"]) if values["t"].is_number else values["t"]] if signature.takes_step else []
    result = rule(values["p"], values["g"], *memories, *t, **own)
    return dict(zip(("p", *signature.memories), result if signature.memories else (result,), strict=True))


def assert_formula_is_code(latex, rule, chosen):
    values = values_before(rule, chosen)
    flags = {name: value for name, value in chosen.items() if isinstance(value, bool)}
    formula, code = evaluate(latex, values), run(rule, values, flags)
    assert "p now" in formula, "the formula does not say what the parameter becomes"
    for name, expected in code.items():
        if name == "p" or name + " now" in formula:
            assert is_zero(formula[name + " now"] - expected), (
                f"{name}: {formula[name + ' now']} is not {expected}"
            )


def is_zero(expression):
    """Whether an expression vanishes at three points of the rationals, to 40 digits."""
    expression = sympy.nsimplify(expression, rational=True)
    symbols = sorted(expression.free_symbols, key=str)
    for k in (1, 2, 3):
        point = {x: sympy.Rational(7 * i + 3 * k, 11 * i + 13 + k) for i, x in enumerate(symbols)}
        point = {x: sympy.Integer(5 + k) if str(x) == "t" else value for x, value in point.items()}
        if abs(sympy.N(expression.subs(point), 60)) > sympy.Float("1e-40"):
            return False
    return True


@pytest.mark.parametrize("label", EQUATIONS)
def test_an_equation_of_a_chapter_is_the_code(label):
    assert label in FORMS, (
        f"{EQUATIONS[label][0]} has an equation {label}: say in FORMS which rule it defines"
    )
    rule, chosen = FORMS[label]
    assert_formula_is_code(EQUATIONS[label][1], rule, chosen)


def test_every_form_stands_in_a_chapter():
    assert set(FORMS) <= set(EQUATIONS)


@pytest.mark.parametrize(("rule", "chosen"), DOCUMENTED, ids=lambda x: getattr(x, "__name__", ""))
def test_the_documentation_of_a_rule_is_the_code(rule, chosen):
    text = inspect.getmodule(rule).__doc__
    latex = re.search(r"\.\. math::\n\n((?:    .*\n|\n)+)", text).group(1)
    assert_formula_is_code(latex, rule, chosen)


def test_every_rule_is_documented_by_its_formula():
    assert {rule for rule, _ in DOCUMENTED} == {getattr(rules, name) for name in rules.__all__}


# The schedules that one formula defines, each with arguments that take it through all its branches. Which
# symbol is which argument, the documentation says: "lr: :math:`\\eta`, the first learning rate".
SCHEDULES = {
    "step_decay": {"lr": 0.3, "step_size": 4, "gamma": 0.5},
    "exponential": {"lr": 0.3, "gamma": 0.9},
    "linear": {"lr": 0.3, "start_factor": 0.2, "end_factor": 0.8, "total_iters": 7},
    "polynomial": {"lr": 0.3, "total_iters": 7, "power": 2},
    "cosine": {"lr": 0.3, "T_max": 7, "eta_min": 0.05},
    "linear_warmup": {"lr": 0.3, "warmup_steps": 5},
    "inverse_square_root": {"lr": 0.3, "warmup_steps": 5},
    "warmup_stable_decay": {"lr": 0.3, "warmup_steps": 4, "stable_steps": 3, "decay_steps": 5},
}
SCHEDULE_EQUATIONS = {label: of for label, of in LABELS.items() if label.startswith("schedule-")}


def documented_formula(function):
    return re.search(r"\.\. math::\n\n((?:    .*\n|\n)+)", inspect.getdoc(function) + "\n").group(1)


def assert_formula_is_schedule(latex, name):
    function, arguments = getattr(schedules, name), SCHEDULES[name]
    symbols = re.findall(r"^    (\w+): :math:`([^`]*)`", inspect.getdoc(function), re.MULTILINE)
    lines = re.split(r",?\s*\\q?quad|\\\\", latex)  # the schedule, and what it abbreviates
    (left, formula), *short = [re.split(r"\s*&?=", line.strip(" ,.\n"), maxsplit=1) for line in lines]
    assert left.strip() == r"\eta_k"
    for step in range(20):
        given = arguments | {"step": step}
        values = {
            re.sub("[{}]", "", symbol): sympy.nsimplify(given[argument]) for argument, symbol in symbols
        }
        for symbol, expression in short:
            values[symbol] = parse_schedule(expression, values)
        written = float(parse_schedule(formula, values))
        assert written == pytest.approx(function(**given), rel=1e-12, abs=1e-15), f"at step {step}"


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_documentation_of_a_schedule_is_the_code(name):
    assert_formula_is_schedule(documented_formula(getattr(schedules, name)), name)


@pytest.mark.parametrize("label", SCHEDULE_EQUATIONS)
def test_a_schedule_of_a_chapter_is_the_code(label):
    assert_formula_is_schedule(
        SCHEDULE_EQUATIONS[label][1], label.removeprefix("schedule-").replace("-", "_")
    )


def test_every_schedule_with_a_formula_stands_in_a_chapter():
    assert {"schedule-" + name.replace("_", "-") for name in SCHEDULES} == set(SCHEDULE_EQUATIONS)


def test_a_wrong_schedule_is_noticed():
    latex = documented_formula(schedules.cosine)
    for right, wrong in [("1 +", "1 -"), ("k / T", "k / T / 2"), (r"\eta_{\min} +", "")]:
        with pytest.raises(AssertionError):
            assert_formula_is_schedule(latex.replace(right, wrong), "cosine")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\theta_{t-1} - \eta\, b_t", r"\theta_{t-1} + \eta\, b_t"),
        (r"\beta\, b_{t-1} + g_t", r"\beta\, b_{t-1} - g_t"),
        (r"\beta\, b_{t-1} + g_t", r"\beta\, b_{t-1} + (1 - \beta) g_t"),
        (r"- \eta\, b_t", r"- \eta\, b_{t-1}"),
    ],
)
def test_a_wrong_formula_is_noticed(right, wrong):
    latex = r"b_t &= \beta\, b_{t-1} + g_t \\ \theta_t &= \theta_{t-1} - \eta\, b_t"
    assert_formula_is_code(latex, rules.heavy_ball, {})
    with pytest.raises(AssertionError):
        assert_formula_is_code(latex.replace(right, wrong), rules.heavy_ball, {})
