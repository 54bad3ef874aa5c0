"""Every schedule against its torch.optim.lr_scheduler, at each of 1,000 steps."""

from functools import partial
from math import inf, nan

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from lessons_pkg.schedules import (
    ReduceOnPlateau,
    constant,
    cosine,
    cosine_restarts,
    cyclic,
    exponential,
    inverse_square_root,
    linear,
    linear_warmup,
    multi_step,
    one_cycle,
    polynomial,
    product,
    sequence,
    step_decay,
    warmup_stable_decay,
    with_warmup,
)

STEPS = 1000

# Where PyTorch computes the closed form (CosineAnnealingWarmRestarts, OneCycleLR) the two agree bit for bit.
# Most of its schedulers multiply the rate of the step before, so their rounding errors add up: 1,000
# products, each with a rounded factor, make 1,000 * 2 * 2**-53 = 2.2e-13. CosineAnnealingLR's factor has more
# roundings than one (2.6e-13 measured below). CyclicLR loses digits where it takes the place in a cycle of n
# steps as the difference 1 + k/n - floor(1 + k/n): an error in 1.0's last place, beside 1/n at step 1
# (3.3e-13 measured).
RELATIVE = 1e-12


def torch_run(make_scheduler, lr, steps=STEPS):
    """The (learning rate, momentum) that each step of a PyTorch run really uses."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)
    scheduler = make_scheduler(optimizer)
    used = []
    for step in range(steps):
        if step > 0:
            scheduler.step()
        used.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]))
        optimizer.step()
    return np.array(used).T


def rates(schedule, steps=STEPS):
    return np.array([schedule(step) for step in range(steps)])


# ---- one function, one class: the same keyword arguments build both sides ----

SAME_ARGUMENTS = [
    # constant
    (constant, lr_scheduler.ConstantLR, dict(factor=1.0), "the plain number"),
    (constant, lr_scheduler.ConstantLR, dict(factor=1 / 3), "PyTorch's default factor"),
    (constant, lr_scheduler.ConstantLR, dict(factor=0.1, total_iters=400), ""),
    (constant, lr_scheduler.ConstantLR, dict(factor=0.5, total_iters=1), "one step only"),
    (constant, lr_scheduler.ConstantLR, dict(factor=0.5, total_iters=2000), "never over"),
    # step_decay
    (step_decay, lr_scheduler.StepLR, dict(step_size=300), "default gamma"),
    (step_decay, lr_scheduler.StepLR, dict(step_size=7, gamma=0.9), "142 decays"),
    (step_decay, lr_scheduler.StepLR, dict(step_size=1, gamma=0.99), "every step"),
    (step_decay, lr_scheduler.StepLR, dict(step_size=5000), "none in this run"),
    (step_decay, lr_scheduler.StepLR, dict(step_size=100, gamma=1.5), "growing"),
    # multi_step
    (multi_step, lr_scheduler.MultiStepLR, dict(milestones=[300, 600, 900]), ""),
    (multi_step, lr_scheduler.MultiStepLR, dict(milestones=[600, 300], gamma=0.5), "in any order"),
    (multi_step, lr_scheduler.MultiStepLR, dict(milestones=[100, 100, 500], gamma=0.3), "one twice"),
    (multi_step, lr_scheduler.MultiStepLR, dict(milestones=[]), "none"),
    (multi_step, lr_scheduler.MultiStepLR, dict(milestones=[1, 999, 1000]), "the two ends"),
    # exponential
    (exponential, lr_scheduler.ExponentialLR, dict(gamma=0.99), ""),
    (exponential, lr_scheduler.ExponentialLR, dict(gamma=0.5), "down to 2**-999"),
    (exponential, lr_scheduler.ExponentialLR, dict(gamma=1.0), ""),
    (exponential, lr_scheduler.ExponentialLR, dict(gamma=1.01), "growing"),
    # linear
    (linear, lr_scheduler.LinearLR, dict(), "defaults"),
    (linear, lr_scheduler.LinearLR, dict(total_iters=1), ""),
    (linear, lr_scheduler.LinearLR, dict(start_factor=1e-6, total_iters=800), "long warmup"),
    (linear, lr_scheduler.LinearLR, dict(start_factor=1.0, end_factor=0.0, total_iters=900), "to zero"),
    (linear, lr_scheduler.LinearLR, dict(start_factor=0.7, end_factor=0.2, total_iters=5000), "unfinished"),
    # polynomial
    (polynomial, lr_scheduler.PolynomialLR, dict(), "defaults"),
    (polynomial, lr_scheduler.PolynomialLR, dict(total_iters=900, power=0.9), "DeepLab's poly"),
    (polynomial, lr_scheduler.PolynomialLR, dict(total_iters=999, power=2.0), ""),
    (polynomial, lr_scheduler.PolynomialLR, dict(total_iters=5000, power=0.5), "unfinished"),
    # cosine
    (cosine, lr_scheduler.CosineAnnealingLR, dict(T_max=1000), "one run"),
    (cosine, lr_scheduler.CosineAnnealingLR, dict(T_max=999, eta_min=0.01), "with a floor"),
    (cosine, lr_scheduler.CosineAnnealingLR, dict(T_max=300), "past T_max, up and down again"),
    (cosine, lr_scheduler.CosineAnnealingLR, dict(T_max=10), "fifty waves"),
    (cosine, lr_scheduler.CosineAnnealingLR, dict(T_max=1), ""),
    (cosine, lr_scheduler.CosineAnnealingLR, dict(T_max=40, eta_min=0.2), "a floor above lr"),
    # cosine_restarts
    (cosine_restarts, lr_scheduler.CosineAnnealingWarmRestarts, dict(T_0=1000), "no restart"),
    (cosine_restarts, lr_scheduler.CosineAnnealingWarmRestarts, dict(T_0=50, eta_min=0.01), ""),
    (cosine_restarts, lr_scheduler.CosineAnnealingWarmRestarts, dict(T_0=10, T_mult=2), "doubling"),
    (cosine_restarts, lr_scheduler.CosineAnnealingWarmRestarts, dict(T_0=7, T_mult=3), ""),
    (cosine_restarts, lr_scheduler.CosineAnnealingWarmRestarts, dict(T_0=1, T_mult=2), ""),
    (cosine_restarts, lr_scheduler.CosineAnnealingWarmRestarts, dict(T_0=1), "restart at every step"),
    # one_cycle
    (one_cycle, lr_scheduler.OneCycleLR, dict(max_lr=0.5, total_steps=1000), "defaults"),
    (one_cycle, lr_scheduler.OneCycleLR, dict(max_lr=0.5, total_steps=1000, three_phase=True), ""),
    (one_cycle, lr_scheduler.OneCycleLR, dict(max_lr=0.5, total_steps=1000, anneal_strategy="linear"), ""),
    (
        one_cycle,
        lr_scheduler.OneCycleLR,
        dict(max_lr=0.5, total_steps=1000, anneal_strategy="linear", three_phase=True, pct_start=0.45),
        "as in the paper",
    ),
    (
        one_cycle,
        lr_scheduler.OneCycleLR,
        dict(max_lr=0.5, total_steps=1500, div_factor=10.0, final_div_factor=100.0),
        "unfinished",
    ),
    (one_cycle, lr_scheduler.OneCycleLR, dict(max_lr=0.5, total_steps=1000, pct_start=0.0), "only down"),
    (one_cycle, lr_scheduler.OneCycleLR, dict(max_lr=0.5, total_steps=1000, pct_start=1.0), "only up"),
    (
        one_cycle,
        lr_scheduler.OneCycleLR,
        dict(max_lr=0.5, total_steps=1234, pct_start=0.123),
        "between steps",
    ),
    (
        one_cycle,
        lr_scheduler.OneCycleLR,
        dict(max_lr=0.5, total_steps=1000, pct_start=0.6, three_phase=True),
        "the second phase outlasts the run",
    ),
    # cyclic
    (cyclic, lr_scheduler.CyclicLR, dict(base_lr=0.001, max_lr=0.1), "defaults"),
    (cyclic, lr_scheduler.CyclicLR, dict(base_lr=0.0, max_lr=0.1), "from zero"),
    (cyclic, lr_scheduler.CyclicLR, dict(base_lr=0.001, max_lr=0.1, step_size_up=7), "71 cycles"),
    (cyclic, lr_scheduler.CyclicLR, dict(base_lr=0.0, max_lr=0.1, step_size_up=30, step_size_down=11), ""),
    (cyclic, lr_scheduler.CyclicLR, dict(base_lr=0.01, max_lr=0.1, step_size_up=1), ""),
    (cyclic, lr_scheduler.CyclicLR, dict(base_lr=0.1, max_lr=0.01, step_size_up=100), "downwards"),
    (
        cyclic,
        lr_scheduler.CyclicLR,
        dict(base_lr=0.001, max_lr=0.1, step_size_up=100, mode="triangular2"),
        "half as high each time",
    ),
    (
        cyclic,
        lr_scheduler.CyclicLR,
        dict(base_lr=0.0, max_lr=0.1, step_size_up=40, step_size_down=90, mode="exp_range", gamma=0.995),
        "",
    ),
]


def ids(table):
    return [f"{case[0].__name__}-{'-'.join(map(str, case[2].values())) or 'defaults'}" for case in table]


@pytest.mark.parametrize(
    ("function", "torch_class", "arguments", "comment"), SAME_ARGUMENTS, ids=ids(SAME_ARGUMENTS)
)
def test_equals_torch_at_every_step(function, torch_class, arguments, comment):
    lr = {} if "max_lr" in arguments else {"lr": 0.1}
    expected, _ = torch_run(lambda optimizer: torch_class(optimizer, **arguments), lr=0.1)
    np.testing.assert_allclose(rates(partial(function, **lr, **arguments)), expected, rtol=RELATIVE, atol=0)


@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("anneal_strategy", ["cos", "linear"])
def test_one_cycle_with_other_ends_cycles_the_momentum(anneal_strategy, three_phase):
    shape = dict(total_steps=1000, anneal_strategy=anneal_strategy, three_phase=three_phase)
    _, expected = torch_run(
        lambda optimizer: lr_scheduler.OneCycleLR(
            optimizer, max_lr=0.5, base_momentum=0.85, max_momentum=0.95, **shape
        ),
        lr=0.1,
    )
    momentum = partial(one_cycle, max_lr=0.85, div_factor=0.85 / 0.95, final_div_factor=1, **shape)
    np.testing.assert_allclose(rates(momentum), expected, rtol=RELATIVE, atol=0)


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
def test_cyclic_with_its_ends_exchanged_cycles_the_momentum(mode):
    shape = dict(step_size_up=60, step_size_down=90, mode=mode, gamma=0.999)
    _, expected = torch_run(
        lambda optimizer: lr_scheduler.CyclicLR(
            optimizer, base_lr=0.01, max_lr=0.1, base_momentum=0.8, max_momentum=0.9, **shape
        ),
        lr=0.1,
    )
    np.testing.assert_allclose(
        rates(partial(cyclic, base_lr=0.9, max_lr=0.8, **shape)), expected, rtol=RELATIVE, atol=0
    )


# ---- warmups and compositions: what PyTorch needs several schedulers for ----


def torch_warmup(optimizer, w):
    return lr_scheduler.LinearLR(optimizer, start_factor=1 / w, total_iters=w - 1)


def torch_sequence(*makers, milestones):
    return lambda optimizer: lr_scheduler.SequentialLR(
        optimizer, [make(optimizer) for make in makers], milestones=milestones
    )


COMPOSED = [
    ("warmup", partial(linear_warmup, lr=0.1, warmup_steps=100), partial(torch_warmup, w=100)),
    (
        "warmup longer than the run",
        partial(linear_warmup, lr=0.1, warmup_steps=3000),
        partial(torch_warmup, w=3000),
    ),
    (
        "warmup as a function for LambdaLR",
        partial(linear_warmup, lr=0.1, warmup_steps=7),
        lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 7)),
    ),
    (
        "warmup, then cosine",
        partial(with_warmup, schedule=partial(cosine, lr=0.1, T_max=900), warmup_steps=100),
        torch_sequence(
            partial(torch_warmup, w=100),
            lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=900),
            milestones=[100],
        ),
    ),
    (
        "warmup, then exponential",
        partial(with_warmup, schedule=partial(exponential, lr=0.1, gamma=0.99), warmup_steps=2),
        torch_sequence(
            partial(torch_warmup, w=2),
            lambda optimizer: lr_scheduler.ExponentialLR(optimizer, gamma=0.99),
            milestones=[2],
        ),
    ),
    (
        "warmup, then any function",
        partial(with_warmup, schedule=lambda step: 0.1 / (1 + step), warmup_steps=50),
        lambda optimizer: lr_scheduler.LambdaLR(
            optimizer, lambda step: (step + 1) / 50 if step < 50 else 1 / (step - 49)
        ),
    ),
    (
        "the transformer's schedule",
        partial(inverse_square_root, lr=(512 * 400) ** -0.5, warmup_steps=400),
        lambda optimizer: lr_scheduler.LambdaLR(  # the paper's equation 3 as it stands, on lr = 0.1
            optimizer, lambda k: 10 * 512**-0.5 * min((k + 1) ** -0.5, (k + 1) * 400**-1.5)
        ),
    ),
    (
        "warmup, stable, decay",
        partial(warmup_stable_decay, lr=0.1, warmup_steps=100, stable_steps=600, decay_steps=200),
        torch_sequence(
            partial(torch_warmup, w=100),
            lambda optimizer: lr_scheduler.ConstantLR(optimizer, factor=1.0),
            lambda optimizer: lr_scheduler.LinearLR(
                optimizer, start_factor=1.0, end_factor=0.0, total_iters=200
            ),
            milestones=[100, 700],
        ),
    ),
    (
        "warmup, decay",
        partial(warmup_stable_decay, lr=0.1, warmup_steps=10, stable_steps=0, decay_steps=990),
        torch_sequence(
            partial(torch_warmup, w=10),
            lambda optimizer: lr_scheduler.LinearLR(
                optimizer, start_factor=1.0, end_factor=0.0, total_iters=990
            ),
            milestones=[10],
        ),
    ),
    (
        "sequence of one",
        partial(sequence, schedules=[partial(cosine, lr=0.1, T_max=500)], milestones=[]),
        lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=500),
    ),
    (
        "sequence of three",
        partial(
            sequence,
            schedules=[
                partial(constant, lr=0.1, factor=0.1, total_iters=20),
                partial(exponential, lr=0.1, gamma=0.999),
                partial(step_decay, lr=0.1, step_size=100),
            ],
            milestones=[50, 501],
        ),
        torch_sequence(
            lambda optimizer: lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=20),
            lambda optimizer: lr_scheduler.ExponentialLR(optimizer, gamma=0.999),
            lambda optimizer: lr_scheduler.StepLR(optimizer, step_size=100),
            milestones=[50, 501],
        ),
    ),
    (
        "product",
        partial(
            product,
            schedules=[
                partial(constant, lr=1.0, factor=0.1, total_iters=20),
                partial(exponential, lr=0.1, gamma=0.99),
                partial(multi_step, lr=1.0, milestones=[400]),
            ],
        ),
        lambda optimizer: lr_scheduler.ChainedScheduler(
            [
                lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=20),
                lr_scheduler.ExponentialLR(optimizer, gamma=0.99),
                lr_scheduler.MultiStepLR(optimizer, milestones=[400]),
            ]
        ),
    ),
    (
        "product with a warmup: both count from step 0",
        partial(
            product,
            schedules=[partial(cosine, lr=0.1, T_max=1000), partial(linear_warmup, lr=1.0, warmup_steps=100)],
        ),
        lambda optimizer: lr_scheduler.LambdaLR(
            optimizer, lambda k: 0.5 * (1 + np.cos(np.pi * k / 1000)) * min(1, (k + 1) / 100)
        ),
    ),
]


# SequentialLR warns about its own use of scheduler.step(0)
@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")
@pytest.mark.parametrize(
    ("schedule", "make_scheduler"), [case[1:] for case in COMPOSED], ids=[c[0] for c in COMPOSED]
)
def test_composition_equals_torch_at_every_step(schedule, make_scheduler):
    expected, _ = torch_run(make_scheduler, lr=0.1)
    np.testing.assert_allclose(rates(schedule), expected, rtol=RELATIVE, atol=0)


# ---- what the formulas promise ----


def test_cosine_rises_again_past_its_lowest_rate():
    assert cosine(100, lr=0.1, T_max=100) == 0
    assert cosine(150, lr=0.1, T_max=100) == pytest.approx(0.05)
    assert cosine(200, lr=0.1, T_max=100) == 0.1


def test_no_warmup_step_has_rate_zero_and_the_last_has_the_full_rate():
    assert [linear_warmup(step, 1.0, 4) for step in range(5)] == [0.25, 0.5, 0.75, 1, 1]
    assert [with_warmup(step, lambda k: 8.0 - k, 4) for step in range(7)] == [2, 4, 6, 8, 8, 7, 6]


def test_inverse_square_root_decays_by_half_when_the_steps_are_four_times_as_many():
    assert inverse_square_root(399, lr=0.1, warmup_steps=400) == 0.1
    assert inverse_square_root(1599, lr=0.1, warmup_steps=400) == 0.05


def test_warmup_stable_decay_wastes_no_step_at_rate_zero():
    run = [warmup_stable_decay(step, 1.0, 2, 3, 4) for step in range(10)]
    assert run == [0.5, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0]


def test_one_cycle_answers_the_step_after_the_last_with_the_last_rate():
    run = partial(one_cycle, max_lr=1.0, total_steps=10, anneal_strategy="linear", final_div_factor=2)
    assert run(10) == run(9) == pytest.approx(1 / 50)


def test_one_cycle_of_a_rise_without_length_begins_at_the_top():
    # the peak would be at step 0.1 * 10 - 1 = 0: OneCycleLR divides by zero here
    assert one_cycle(0, max_lr=1.0, total_steps=10, pct_start=0.1) == 1.0


@given(
    total_steps=st.integers(2, 300),
    pct_start=st.floats(0, 1),
    anneal_strategy=st.sampled_from(["cos", "linear"]),
    three_phase=st.booleans(),
)
def test_one_cycle_stays_between_its_ends(total_steps, pct_start, anneal_strategy, three_phase):
    shape = dict(total_steps=total_steps, pct_start=pct_start, anneal_strategy=anneal_strategy)
    run = rates(partial(one_cycle, max_lr=1.0, three_phase=three_phase, **shape), total_steps + 1)
    assert run.min() >= 1 / 25 / 1e4 * (1 - 1e-9) and run.max() <= 1 + 1e-9


BUILT_ON_LR = [
    partial(constant, factor=0.3),
    partial(step_decay, step_size=100),
    partial(multi_step, milestones=[3, 50]),
    partial(exponential, gamma=0.9),
    partial(linear),
    partial(polynomial, total_iters=100, power=0.9),
    partial(cosine, T_max=70),
    partial(cosine_restarts, T_0=3, T_mult=2),
    partial(linear_warmup, warmup_steps=30),
    partial(inverse_square_root, warmup_steps=30),
    partial(warmup_stable_decay, warmup_steps=30, stable_steps=10, decay_steps=40),
]


@pytest.mark.parametrize("schedule", BUILT_ON_LR, ids=lambda schedule: schedule.func.__name__)
@given(
    step=st.integers(0, 5000), lr=st.floats(1e-6, 1e3)
)  # no further: 0.9**7000 is no longer a normal float
def test_lr_is_the_highest_rate_and_scales_the_schedule(schedule, step, lr):
    assert 0 <= schedule(step, lr) <= lr
    assert schedule(step, 2 * lr) == 2 * schedule(step, lr)


def test_a_numpy_integer_is_a_step():
    assert cosine(np.int64(25), lr=0.1, T_max=100) == cosine(25, lr=0.1, T_max=100)


# ---- reduce on plateau ----

PLATEAU = [
    (dict(), "defaults"),
    (dict(factor=0.5, patience=0), "at every metric that is no better"),
    (dict(factor=0.0), "to zero"),
    (dict(patience=3, cooldown=5), ""),
    (dict(patience=0, cooldown=1), ""),
    (dict(patience=2, threshold=0.1), "relative threshold"),
    (dict(patience=2, threshold=0.1, threshold_mode="abs"), ""),
    (dict(patience=2, threshold=0.0), ""),
    (dict(patience=2, threshold=1.0), "relative: nothing is ever better"),
    (dict(patience=2, mode="max"), ""),
    (dict(patience=2, mode="max", threshold=0.1, threshold_mode="abs"), ""),
    (dict(patience=0, factor=0.5, min_lr=0.01), "the floor"),
    (dict(patience=0, factor=0.5, eps=0.01), "changes too small to be made"),
]

METRICS = {
    "noisy": lambda random: 1 / np.sqrt(np.arange(1, STEPS + 1)) + 0.1 * random.normal(size=STEPS),
    "falling": lambda random: 0.999 ** np.arange(STEPS),
    "growing": lambda random: 1 - 0.99 ** np.arange(STEPS),
    "flat": lambda random: np.ones(STEPS),
    "negative": lambda random: -np.abs(random.normal(size=STEPS)),
    "broken": lambda random: np.where(random.random(STEPS) < 0.3, nan, random.random(STEPS)),
    "infinite": lambda random: np.where(random.random(STEPS) < 0.3, inf, random.random(STEPS)),
}


@pytest.mark.parametrize("metrics", METRICS)
@pytest.mark.parametrize(("arguments", "comment"), PLATEAU)
def test_reduce_on_plateau_equals_torch_bit_for_bit(arguments, comment, metrics):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    theirs = lr_scheduler.ReduceLROnPlateau(optimizer, **arguments)
    ours = ReduceOnPlateau(0.1, **arguments)
    for step, metric in enumerate(METRICS[metrics](np.random.default_rng(0))):
        assert ours(step) == optimizer.param_groups[0]["lr"], f"step {step}"
        theirs.step(metric)
        ours.step(metric)


@pytest.mark.parametrize("interruption", range(10))
def test_reduce_on_plateau_resumes(interruption):
    metrics = np.random.default_rng(1).random(30)
    arguments = dict(mode="max", factor=0.5, patience=1, cooldown=2)
    whole = ReduceOnPlateau(0.1, **arguments)
    first_half = ReduceOnPlateau(0.1, **arguments)
    for metric in metrics[:interruption]:
        whole.step(metric)
        first_half.step(metric)
    resumed = ReduceOnPlateau(0.7)
    resumed.load_state_dict(first_half.state_dict())
    for metric in metrics[interruption:]:
        whole.step(metric)
        resumed.step(metric)
        assert resumed.state_dict() == whole.state_dict()
    assert whole.lr < 0.1


def test_reduce_on_plateau_refuses_another_state():
    plateau = ReduceOnPlateau(0.1)
    before = plateau.state_dict()
    with pytest.raises(ValueError, match="state_dict has the keys"):
        plateau.load_state_dict({"lr": 0.5})
    assert plateau.state_dict() == before


# ---- what is refused ----

REFUSED = [
    (cosine, dict(step=-1, lr=0.1, T_max=10), ValueError, "step is -1; it must be an integer, 0 or more"),
    (cosine, dict(step=1.5, lr=0.1, T_max=10), TypeError, "step is 1.5"),
    (cosine, dict(step=0, lr=-0.1, T_max=10), ValueError, "lr is -0.1"),
    (cosine, dict(step=0, lr=nan, T_max=10), ValueError, "lr is nan"),
    (cosine, dict(step=0, lr=inf, T_max=10), ValueError, "lr is inf"),
    (cosine, dict(step=0, lr="0.1", T_max=10), TypeError, "lr is '0.1'"),
    (cosine, dict(step=0, lr=0.1, T_max=0), ValueError, "T_max is 0; it must be an integer, 1 or more"),
    (cosine, dict(step=0, lr=0.1, T_max=10.5), TypeError, "T_max is 10.5"),
    (cosine, dict(step=0, lr=0.1, T_max=10, eta_min=-1), ValueError, "eta_min is -1"),
    (cosine_restarts, dict(step=0, lr=0.1, T_0=0), ValueError, "T_0 is 0"),
    (cosine_restarts, dict(step=0, lr=0.1, T_0=5, T_mult=0), ValueError, "T_mult is 0"),
    (cosine_restarts, dict(step=0, lr=0.1, T_0=5, T_mult=1.5), TypeError, "T_mult is 1.5"),
    (
        constant,
        dict(step=0, lr=0.1, factor=1.5),
        ValueError,
        "factor is 1.5; it must be a number from 0 to 1",
    ),
    (constant, dict(step=0, lr=0.1, total_iters=0), ValueError, "total_iters is 0"),
    (step_decay, dict(step=0, lr=0.1, step_size=0), ValueError, "step_size is 0"),
    (step_decay, dict(step=0, lr=0.1, step_size=1, gamma=-0.1), ValueError, "gamma is -0.1"),
    (multi_step, dict(step=0, lr=0.1, milestones=30), TypeError, "milestones is 30"),
    (multi_step, dict(step=0, lr=0.1, milestones=[0.5]), ValueError, "milestones is .0.5."),
    (exponential, dict(step=0, lr=0.1, gamma=inf), ValueError, "gamma is inf"),
    (linear, dict(step=0, lr=0.1, start_factor=-1), ValueError, "start_factor is -1"),
    (linear, dict(step=0, lr=0.1, end_factor=2), ValueError, "end_factor is 2"),
    (polynomial, dict(step=0, lr=0.1, power=-1), ValueError, "power is -1"),
    (one_cycle, dict(step=0, max_lr=-1, total_steps=10), ValueError, "max_lr is -1"),
    (one_cycle, dict(step=0, max_lr=1, total_steps=1), ValueError, "total_steps is 1; .* rises and falls"),
    (one_cycle, dict(step=11, max_lr=1, total_steps=10), ValueError, "step is 11, past the end .* 10"),
    (one_cycle, dict(step=0, max_lr=1, total_steps=10, pct_start=30), ValueError, "pct_start is 30"),
    (one_cycle, dict(step=0, max_lr=1, total_steps=10, div_factor=0), ValueError, "div_factor is 0"),
    (
        one_cycle,
        dict(step=0, max_lr=1, total_steps=10, final_div_factor=0),
        ValueError,
        "final_div_factor is 0",
    ),
    (
        one_cycle,
        dict(step=0, max_lr=1, total_steps=10, anneal_strategy="cosine"),
        ValueError,
        "anneal_strategy is 'cosine'; it must be one of 'cos', 'linear'",
    ),
    (cyclic, dict(step=0, base_lr=-1, max_lr=1), ValueError, "base_lr is -1"),
    (cyclic, dict(step=0, base_lr=0, max_lr=1, step_size_up=0), ValueError, "step_size_up is 0"),
    (cyclic, dict(step=0, base_lr=0, max_lr=1, step_size_down=0), ValueError, "step_size_down is 0"),
    (cyclic, dict(step=0, base_lr=0, max_lr=1, mode="square"), ValueError, "mode is 'square'"),
    (linear_warmup, dict(step=0, lr=0.1, warmup_steps=0), ValueError, "warmup_steps is 0"),
    (
        with_warmup,
        dict(step=0, schedule=0.1, warmup_steps=5),
        TypeError,
        "schedule is 0.1; .* function of the step",
    ),
    (with_warmup, dict(step=-1, schedule=abs, warmup_steps=5), ValueError, "step is -1"),
    (inverse_square_root, dict(step=0, lr=0.1, warmup_steps=0), ValueError, "warmup_steps is 0"),
    (
        warmup_stable_decay,
        dict(step=0, lr=0.1, warmup_steps=1, stable_steps=-1, decay_steps=1),
        ValueError,
        "stable_steps is -1",
    ),
    (
        warmup_stable_decay,
        dict(step=0, lr=0.1, warmup_steps=1, stable_steps=0, decay_steps=0),
        ValueError,
        "decay_steps is 0",
    ),
    (sequence, dict(step=0, schedules=[abs, abs], milestones=[]), ValueError, "milestones is .*: 1 of them"),
    (sequence, dict(step=0, schedules=[abs] * 3, milestones=[20, 10]), ValueError, "in rising order"),
    (sequence, dict(step=0, schedules=[abs, 0.1], milestones=[10]), ValueError, "schedules is "),
    (sequence, dict(step=0, schedules=[], milestones=[]), ValueError, "schedules is "),
    (product, dict(step=0, schedules=[]), ValueError, "schedules is "),
    (product, dict(step=0, schedules=abs), TypeError, "schedules is "),
    (ReduceOnPlateau, dict(lr=0.1, factor=10), ValueError, "factor is 10; .* below 1"),
    (ReduceOnPlateau, dict(lr=0.1, factor=1.0), ValueError, "factor is 1.0; .* below 1"),
    (ReduceOnPlateau, dict(lr=0.1, factor=-0.1), ValueError, "factor is -0.1"),
    (ReduceOnPlateau, dict(lr=-0.1), ValueError, "lr is -0.1"),
    (ReduceOnPlateau, dict(lr=0.1, patience=-1), ValueError, "patience is -1"),
    (ReduceOnPlateau, dict(lr=0.1, cooldown=0.5), TypeError, "cooldown is 0.5"),
    (ReduceOnPlateau, dict(lr=0.1, threshold=-1), ValueError, "threshold is -1"),
    (ReduceOnPlateau, dict(lr=0.1, min_lr=-1), ValueError, "min_lr is -1"),
    (ReduceOnPlateau, dict(lr=0.1, eps=-1), ValueError, "eps is -1"),
    (ReduceOnPlateau, dict(lr=0.1, mode="less"), ValueError, "mode is 'less'; .* 'min', 'max'"),
    (ReduceOnPlateau, dict(lr=0.1, threshold_mode="x"), ValueError, "threshold_mode is 'x'; .* 'rel', 'abs'"),
    (ReduceOnPlateau(0.1), dict(step=-1), ValueError, "step is -1"),
]


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"), REFUSED, ids=[case[3] for case in REFUSED]
)
def test_refused_by_name_and_value(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(**arguments)
