r"""Learning-rate schedules: pure functions of the step.

A schedule answers one question: with what learning rate does this step run? ``step`` counts from 0, so a run
of a thousand steps asks for the steps 0 to 999; in the formulas it is :math:`k`. ``lr`` (:math:`\eta`) is the
highest rate that the schedule reaches, unless a ``gamma`` above 1 makes it grow. A function here remembers
nothing: the same arguments always give the same rate, so a run can be resumed at any step, and a whole
schedule can be drawn before the training begins. The one exception is :class:`ReduceOnPlateau`: it listens.

An optimizer wants a function of the step alone. Fix the other arguments with :func:`functools.partial`::

    Optimizer(params, sgd, lr=partial(cosine, lr=0.1, T_max=1000))

Any Python function of the step is a schedule too: ``lambda step: 0.1 / (1 + step)`` needs nothing from this
module. What a *step* is, the caller decides: a schedule handed to an optimizer counts updates, not epochs.
Lengths are then numbers of updates, ``T_max=epochs * updates_per_epoch``.

===============================  ===========================================================
function                         ``torch.optim.lr_scheduler``
===============================  ===========================================================
:func:`constant`                 ``ConstantLR``
:func:`step_decay`               ``StepLR``
:func:`multi_step`               ``MultiStepLR``
:func:`exponential`              ``ExponentialLR``
:func:`linear`                   ``LinearLR``
:func:`polynomial`               ``PolynomialLR``
:func:`cosine`                   ``CosineAnnealingLR``
:func:`cosine_restarts`          ``CosineAnnealingWarmRestarts``
:func:`one_cycle`                ``OneCycleLR``
:func:`cyclic`                   ``CyclicLR``
:class:`ReduceOnPlateau`         ``ReduceLROnPlateau``
:func:`linear_warmup`            ``LinearLR(start_factor=1/w, total_iters=w-1)``
:func:`with_warmup`              ``SequentialLR`` of that and another
:func:`inverse_square_root`      a ``LambdaLR``
:func:`warmup_stable_decay`      ``SequentialLR`` of two ``LinearLR`` and a ``ConstantLR``
:func:`sequence`                 ``SequentialLR``
:func:`product`                  ``ChainedScheduler``
any function of the step         ``LambdaLR``
===============================  ===========================================================

Most of PyTorch's schedulers multiply the rate of the step before; the functions here are the closed forms.
The two agree up to the rounding errors that the multiplications collect.
"""

from collections.abc import Callable, Collection
from copy import deepcopy
from itertools import pairwise
from math import cos, inf, isfinite, pi, prod, sqrt
from numbers import Integral, Real

_CALLABLE = Callable, "a function of the step", lambda f: True
_NATURAL = Integral, "an integer, 0 or more", lambda n: n >= 0
_POSITIVE = Integral, "an integer, 1 or more", lambda n: n >= 1
_RATE = Real, "a finite number, 0 or more", lambda x: isfinite(x) and x >= 0
_DIVISOR = Real, "a finite number above 0", lambda x: isfinite(x) and x > 0
_FRACTION = Real, "a number from 0 to 1", lambda x: 0 <= x <= 1

# What each argument may be, wherever it appears in this module: its type, the range in words, and as a test.
_ALLOWED = {
    "step": _NATURAL,
    "lr": _RATE,
    "max_lr": _RATE,
    "base_lr": _RATE,
    "min_lr": _RATE,
    "eta_min": _RATE,
    "factor": _FRACTION,
    "start_factor": _FRACTION,
    "end_factor": _FRACTION,
    "pct_start": _FRACTION,
    "div_factor": _DIVISOR,
    "final_div_factor": _DIVISOR,
    "gamma": _RATE,
    "power": _RATE,
    "threshold": _RATE,
    "eps": _RATE,
    "total_iters": _POSITIVE,
    "step_size": _POSITIVE,
    "step_size_up": _POSITIVE,
    "step_size_down": _POSITIVE,
    "T_max": _POSITIVE,
    "T_0": _POSITIVE,
    "T_mult": _POSITIVE,
    "warmup_steps": _POSITIVE,
    "stable_steps": _NATURAL,
    "decay_steps": _POSITIVE,
    "total_steps": (Integral, "an integer, 2 or more: the cycle rises and falls", lambda n: n >= 2),
    "patience": _NATURAL,
    "cooldown": _NATURAL,
    "milestones": (
        Collection,
        "a list of integers, 0 or more",
        lambda numbers: all(isinstance(n, Integral) and n >= 0 for n in numbers),
    ),
    "schedule": _CALLABLE,
    "schedules": (
        Collection,
        "a list of one or more functions of the step",
        lambda functions: len(functions) > 0 and all(callable(f) for f in functions),
    ),
}


def _check(**arguments):
    """Refuse an argument of the wrong type (TypeError) or outside its range (ValueError)."""
    for name, value in arguments.items():
        kind, allowed, holds = _ALLOWED[name]
        if not isinstance(value, kind):
            raise TypeError(f"{name} is {value!r}; it must be {allowed}")
        if not holds(value):
            raise ValueError(f"{name} is {value!r}; it must be {allowed}")


def _check_choice(choices, **arguments):
    """Refuse a word that is not one of the choices (ValueError)."""
    for name, value in arguments.items():
        if value not in choices:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, choices))}")


def constant(step, lr, factor=1.0, total_iters=5):
    r"""The same rate at every step, or a multiple of it for the first steps.

    .. math::

        \eta_k = \begin{cases} f\,\eta & k < n \\ \eta & k \ge n \end{cases}

    With the default ``factor`` this is the plain number ``lr``. ``ConstantLR`` has 1/3 there.

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the learning rate, 0 or more.
        factor: :math:`f`, from 0 to 1.
        total_iters: :math:`n`, how many steps run with the factor, 1 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: a few epochs at a lower constant rate are the "constant warmup" of P. Goyal et al., *Accurate,
    large minibatch SGD*, arXiv:1706.02677, section 2.2.
    """
    _check(step=step, lr=lr, factor=factor, total_iters=total_iters)
    return lr * factor if step < total_iters else lr


def step_decay(step, lr, step_size, gamma=0.1):
    r"""The rate is multiplied by ``gamma`` every ``step_size`` steps.

    .. math::

        \eta_k = \eta\, \gamma^{\lfloor k / s \rfloor}

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the first learning rate, 0 or more.
        step_size: :math:`s`, the number of steps between two decays, 1 or more.
        gamma: :math:`\gamma`, the factor of each decay, 0 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: ``torch.optim.lr_scheduler.StepLR``.
    """
    _check(step=step, lr=lr, step_size=step_size, gamma=gamma)
    return lr * gamma ** (step // step_size)


def multi_step(step, lr, milestones, gamma=0.1):
    r"""The rate is multiplied by ``gamma`` at each of the given steps.

    .. math::

        \eta_k = \eta\, \gamma^{\#\{m \in M \,:\, m \le k\}}

    The step ``m`` itself already runs with the lower rate. A milestone named twice counts twice.

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the first learning rate, 0 or more.
        milestones: :math:`M`, a list of steps, in any order.
        gamma: :math:`\gamma`, the factor of each decay, 0 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: ``torch.optim.lr_scheduler.MultiStepLR``.
    """
    _check(step=step, lr=lr, milestones=milestones, gamma=gamma)
    return lr * gamma ** sum(milestone <= step for milestone in milestones)


def exponential(step, lr, gamma):
    r"""The rate is multiplied by ``gamma`` at every step.

    .. math::

        \eta_k = \eta\, \gamma^k

    The sum of all rates to come is finite, :math:`\eta / (1 - \gamma)` for :math:`\gamma < 1`: a long run may
    come to rest before it has arrived.

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the first learning rate, 0 or more.
        gamma: :math:`\gamma`, the factor of one step, 0 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: ``torch.optim.lr_scheduler.ExponentialLR``.
    """
    _check(step=step, lr=lr, gamma=gamma)
    return lr * gamma**step


def linear(step, lr, start_factor=1 / 3, end_factor=1.0, total_iters=5):
    r"""A straight line from one multiple of the rate to another, which then holds.

    .. math::

        \eta_k = \eta \left( a + (b - a)\, \frac{\min(k, n)}{n} \right)

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the learning rate that both factors multiply, 0 or more.
        start_factor: :math:`a`, the factor of step 0, from 0 to 1. (``LinearLR`` refuses 0, because it
            multiplies the rate of the step before. Here it is allowed; the first step then does not move.)
        end_factor: :math:`b`, the factor from step ``total_iters`` on, from 0 to 1.
        total_iters: :math:`n`, the step at which the line ends, 1 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: ``torch.optim.lr_scheduler.LinearLR``.
    """
    _check(step=step, lr=lr, start_factor=start_factor, end_factor=end_factor, total_iters=total_iters)
    return lr * (start_factor + (end_factor - start_factor) * min(step, total_iters) / total_iters)


def polynomial(step, lr, total_iters=5, power=1.0):
    r"""The rate falls to zero along a power of the steps that are left.

    .. math::

        \eta_k = \eta \left( 1 - \frac{\min(k, n)}{n} \right)^p

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the first learning rate, 0 or more.
        total_iters: :math:`n`, the step at which the rate is zero, and stays so; 1 or more.
        power: :math:`p`, 0 or more; 1 is a straight line.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: the "poly" policy, with power 0.9, of L.-C. Chen et al., *DeepLab*, arXiv:1606.00915;
    ``torch.optim.lr_scheduler.PolynomialLR``.
    """
    _check(step=step, lr=lr, total_iters=total_iters, power=power)
    return lr * (1 - min(step, total_iters) / total_iters) ** power


def cosine(step, lr, T_max, eta_min=0.0):
    r"""Half a wave of the cosine, from ``lr`` down to ``eta_min``.

    .. math::

        \eta_k = \eta_{\min} + (\eta - \eta_{\min})\, \frac{1 + \cos(\pi k / T)}{2}

    The lowest rate is at step ``T_max``. Past it the rate *rises again*, and is back at ``lr`` at step
    ``2 * T_max``: the formula is a cosine and does not stop. ``CosineAnnealingLR`` does the same.

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the first learning rate, 0 or more.
        T_max: :math:`T`, the step of the lowest rate, 1 or more.
        eta_min: :math:`\eta_{\min}`, the lowest rate, 0 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: I. Loshchilov and F. Hutter, *SGDR: stochastic gradient descent with warm restarts*,
    arXiv:1608.03983, equation 5.
    """
    _check(step=step, lr=lr, T_max=T_max, eta_min=eta_min)
    return eta_min + (lr - eta_min) * (1 + cos(pi * step / T_max)) / 2


def cosine_restarts(step, lr, T_0, T_mult=1, eta_min=0.0):
    r"""The cosine, started again from ``lr`` at the end of every cycle.

    .. math::

        \eta_k = \eta_{\min} + (\eta - \eta_{\min})\, \frac{1 + \cos(\pi k_i / T_i)}{2},
        \qquad T_i = T_0\, M^i

    :math:`k_i` is the number of steps since the last restart: cycle 0 takes the first :math:`T_0` steps,
    cycle 1 the next :math:`T_1`, and so on.

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the rate at the start of each cycle, 0 or more.
        T_0: :math:`T_0`, the length of the first cycle in steps, 1 or more.
        T_mult: :math:`M`, how many times longer each cycle is than the one before, an integer, 1 or more.
        eta_min: :math:`\eta_{\min}`, the rate that each cycle falls towards, 0 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: I. Loshchilov and F. Hutter, *SGDR: stochastic gradient descent with warm restarts*,
    arXiv:1608.03983.
    """
    _check(step=step, lr=lr, T_0=T_0, T_mult=T_mult, eta_min=eta_min)
    since_restart, length = step, T_0
    while since_restart >= length and T_mult > 1:
        since_restart, length = since_restart - length, length * T_mult
    return cosine(since_restart % length, lr, length, eta_min)  # % is for cycles that do not grow


def one_cycle(
    step,
    max_lr,
    total_steps,
    pct_start=0.3,
    anneal_strategy="cos",
    div_factor=25.0,
    final_div_factor=1e4,
    three_phase=False,
):
    r"""One rise to a high rate and one long fall to a very low one.

    The rate is annealed from corner to corner:

    .. math::

        \left(0,\ \frac{\eta}{d}\right) \to (k_p,\ \eta) \to \left(n - 1,\ \frac{\eta}{d\,d_f}\right),
        \qquad k_p = p\,n - 1

    and in three phases it comes down the way it went up, through :math:`(2 k_p,\ \eta / d)`, before the last
    fall. Between two corners :math:`(k_a, a)` and :math:`(k_b, b)`, with :math:`u = (k - k_a) / (k_b - k_a)`,

    .. math::

        \eta_k = b + (a - b)\, \frac{1 + \cos(\pi u)}{2} \quad\text{or}\quad \eta_k = a + (b - a)\,u

    The step ``total_steps``, which no update uses, is answered with the last rate. (``OneCycleLR`` carries
    the last curve on by one step there, with linear annealing to a rate below zero.)

    Momentum is cycled the other way round, and that is the same function with other ends: momentum from 0.95
    to 0.85 and back is ``one_cycle(step, max_lr=0.85, total_steps=n, div_factor=0.85 / 0.95,
    final_div_factor=1)``. Its corners are 0.85 / (0.85 / 0.95) = 0.95, then 0.85, then 0.95.

    Args:
        step: :math:`k`, from 0 to ``total_steps``.
        max_lr: :math:`\eta`, the rate at the top, 0 or more.
        total_steps: :math:`n`, the number of steps of the whole run, 2 or more.
        pct_start: :math:`p`, the share of the run that rises, from 0 to 1 (it is not a percentage).
        anneal_strategy: ``"cos"`` or ``"linear"``.
        div_factor: :math:`d`, the first rate is ``max_lr / div_factor``; above 0.
        final_div_factor: :math:`d_f`, the last rate is the first divided by this; above 0.
        three_phase: whether to fall back to the first rate before falling to the last.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: L. N. Smith and N. Topin, *Super-convergence: very fast training of neural networks using large
    learning rates*, arXiv:1708.07120 (its linear phases are ``three_phase=True, anneal_strategy="linear"``).
    """
    _check(step=step, max_lr=max_lr, total_steps=total_steps, pct_start=pct_start)
    _check(div_factor=div_factor, final_div_factor=final_div_factor)
    _check_choice(("cos", "linear"), anneal_strategy=anneal_strategy)
    if step > total_steps:
        raise ValueError(
            f"step is {step}, past the end of the cycle (total_steps is {total_steps}); "
            "total_steps must be the number of steps of the whole run"
        )
    first_lr = max_lr / div_factor
    last_lr = first_lr / final_div_factor
    peak, last = pct_start * total_steps - 1, total_steps - 1
    way_down = [(2 * peak, first_lr)] if three_phase else []
    corners = [(0, first_lr), (peak, max_lr), *way_down, (last, last_lr)]

    k = min(step, last)
    for (start, a), (end, b) in pairwise(corners):
        if start < end and k <= end:  # a rise shorter than one step has no length and is left out
            u = (k - start) / (end - start)
            return a + (b - a) * u if anneal_strategy == "linear" else b + (a - b) * (1 + cos(pi * u)) / 2


def cyclic(step, base_lr, max_lr, step_size_up=2000, step_size_down=None, mode="triangular", gamma=1.0):
    r"""The rate climbs and falls between two ends, again and again, along straight lines.

    .. math::

        \eta_k = \eta_{\text{base}} + (\eta_{\max} - \eta_{\text{base}})\, h\, s, \qquad
        h = \begin{cases} j / u & j \le u \\ (u + d - j) / d & j > u \end{cases}

    where :math:`j = k \bmod (u + d)` is the place in cycle number :math:`c = \lfloor k / (u + d) \rfloor`,
    and the scale is :math:`s = 1` (triangular), :math:`2^{-c}` (triangular2) or :math:`\gamma^k` (exp_range).

    Momentum is cycled the other way round, and that is the same function with its ends exchanged:
    ``cyclic(step, base_lr=0.9, max_lr=0.8)`` falls from 0.9 to 0.8 while the learning rate climbs.

    Args:
        step: :math:`k`, from 0.
        base_lr: :math:`\eta_{\text{base}}`, where each cycle begins and ends, 0 or more.
        max_lr: :math:`\eta_{\max}`, the other end, 0 or more.
        step_size_up: :math:`u`, the number of steps from ``base_lr`` to ``max_lr``, 1 or more.
        step_size_down: :math:`d`, the number of steps back; ``None`` for as many as up.
        mode: ``"triangular"``, ``"triangular2"`` (each cycle half as high as the one before) or
            ``"exp_range"``.
        gamma: :math:`\gamma`, used by ``"exp_range"`` alone, 0 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: L. N. Smith, *Cyclical learning rates for training neural networks*, arXiv:1506.01186.
    """
    up = step_size_up
    down = step_size_up if step_size_down is None else step_size_down
    _check(step=step, base_lr=base_lr, max_lr=max_lr, step_size_up=up, step_size_down=down, gamma=gamma)
    _check_choice(("triangular", "triangular2", "exp_range"), mode=mode)

    cycle, j = divmod(step, up + down)
    height = j / up if j <= up else (up + down - j) / down
    if mode == "triangular2":
        height *= 0.5**cycle
    elif mode == "exp_range":
        height *= gamma**step
    return base_lr + (max_lr - base_lr) * height


def linear_warmup(step, lr, warmup_steps):
    r"""The rate grows in equal parts during the first steps, then holds.

    .. math::

        \eta_k = \eta\, \min\left(1, \frac{k + 1}{w}\right)

    The first step runs with :math:`\eta / w` and step number :math:`w` with :math:`\eta`. With :math:`k / w`
    instead, as is often written, the first step would run with rate zero: a gradient computed for nothing.

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the rate after the warmup, 0 or more.
        warmup_steps: :math:`w`, the number of steps of the warmup, 1 or more (1 is no warmup).

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: the "gradual warmup" of P. Goyal et al., *Accurate, large minibatch SGD*, arXiv:1706.02677,
    section 2.2.
    """
    _check(step=step, lr=lr, warmup_steps=warmup_steps)
    return lr * min(1.0, (step + 1) / warmup_steps)


def with_warmup(step, schedule, warmup_steps):
    r"""A linear warmup, and after it any other schedule from its own beginning.

    .. math::

        \eta_k = \begin{cases}
        \eta_0'\, (k + 1) / w & k < w \\
        \eta_{k - w}' & k \ge w
        \end{cases}

    The other schedule :math:`\eta'` starts its own count from 0 when the warmup is over; a run of ``n`` steps
    leaves it ``n - warmup_steps``. (To let both run from step 0, multiply them: :func:`product`.) ::

        partial(with_warmup, schedule=partial(cosine, lr=0.1, T_max=900), warmup_steps=100)

    Args:
        step: :math:`k`, from 0.
        schedule: :math:`\eta'`, a function of the step.
        warmup_steps: :math:`w`, the number of steps of the warmup, 1 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: as for :func:`linear_warmup`.
    """
    _check(step=step, schedule=schedule, warmup_steps=warmup_steps)
    if step < warmup_steps:
        return linear_warmup(step, schedule(0), warmup_steps)
    return schedule(step - warmup_steps)


def inverse_square_root(step, lr, warmup_steps):
    r"""A linear warmup, then a fall with the square root of the step: the transformer's schedule.

    .. math::

        \eta_k = \eta\, \min\left(\sqrt{\frac{w}{t}},\ \frac{t}{w}\right), \qquad t = k + 1

    The two branches meet at :math:`t = w`, where the rate is ``lr``. The paper writes
    :math:`d^{-1/2} \min(t^{-1/2},\ t\,w^{-3/2})` with the model's width :math:`d`. That is this formula with
    :math:`\eta = (d\,w)^{-1/2}`: ``lr=(512 * 4000) ** -0.5`` for the paper's base model.

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the highest rate, 0 or more.
        warmup_steps: :math:`w`, the number of steps of the warmup, 1 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: A. Vaswani et al., *Attention is all you need*, arXiv:1706.03762, equation 3.
    """
    _check(step=step, lr=lr, warmup_steps=warmup_steps)
    t = step + 1
    return lr * min(sqrt(warmup_steps / t), t / warmup_steps)


def warmup_stable_decay(step, lr, warmup_steps, stable_steps, decay_steps):
    r"""Up, level, down: a warmup, a long constant stretch and a short linear decay to zero.

    .. math::

        \eta_k = \eta\, \max\left(0,\ \min\left(1,\ \frac{k + 1}{w},\ \frac{n - k}{d}\right)\right),
        \qquad n = w + s + d

    A run of :math:`n` steps spends none of them at rate zero: the first has :math:`\eta / w`, the last
    :math:`\eta / d`. From step :math:`n` on the rate is zero. Since the stretch is level, a run can be made
    longer after the fact: go back to where the decay began, and put it off.

    Args:
        step: :math:`k`, from 0.
        lr: :math:`\eta`, the rate of the constant stretch, 0 or more.
        warmup_steps: :math:`w`, 1 or more.
        stable_steps: :math:`s`, 0 or more.
        decay_steps: :math:`d`, 1 or more.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: S. Hu et al., *MiniCPM*, arXiv:2404.06395 (there with an exponential decay); the linear
    decay is studied by A. Hägele et al., arXiv:2405.18392.
    """
    _check(step=step, lr=lr, warmup_steps=warmup_steps, stable_steps=stable_steps, decay_steps=decay_steps)
    end = warmup_steps + stable_steps + decay_steps
    return lr * max(0.0, min(1.0, (step + 1) / warmup_steps, (end - step) / decay_steps))


def sequence(step, schedules, milestones):
    r"""One schedule after another, each from its own beginning.

    .. math::

        \eta_k = \eta^{(i)}_{k - m_i}, \qquad m_i \le k < m_{i+1}, \quad m_0 = 0

    Args:
        step: :math:`k`, from 0.
        schedules: :math:`\eta^{(0)}, \eta^{(1)}, \dots`, a list of functions of the step.
        milestones: :math:`m_1 < m_2 < \dots`, the step at which each schedule after the first begins: one
            fewer than there are schedules.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: ``torch.optim.lr_scheduler.SequentialLR``.
    """
    _check(step=step, schedules=schedules, milestones=milestones)
    starts = [0, *milestones]
    if len(starts) != len(schedules) or starts != sorted(set(starts)):
        raise ValueError(
            f"milestones is {milestones!r}; it must name, in rising order, the step at which each schedule "
            f"after the first begins: {len(schedules) - 1} of them"
        )
    current = sum(milestone <= step for milestone in milestones)
    return schedules[current](step - starts[current])


def product(step, schedules):
    r"""Several schedules at once, multiplied.

    .. math::

        \eta_k = \prod_i \eta^{(i)}_k

    Let one of them carry the learning rate and the others be factors, with ``lr=1.0``::

        partial(product, schedules=[partial(cosine, lr=0.1, T_max=1000),
                                    partial(linear_warmup, lr=1.0, warmup_steps=100)])

    Args:
        step: :math:`k`, from 0.
        schedules: :math:`\eta^{(0)}, \eta^{(1)}, \dots`, a list of functions of the step.

    Returns:
        The learning rate of this step, a float.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: ``torch.optim.lr_scheduler.ChainedScheduler``.
    """
    _check(step=step, schedules=schedules)
    return prod(schedule(step) for schedule in schedules)


class ReduceOnPlateau:
    r"""Lowers the rate when a metric has stopped improving.

    It listens, so it is an object and not a function of the step. Hand it to the optimizer as its ``lr``, and
    tell it the metric whenever there is a new one, mostly once an epoch::

        plateau = ReduceOnPlateau(lr=0.1, patience=3)
        optimizer = Optimizer(params, sgd, lr=plateau)
        ...
        plateau.step(validation_loss)

    A metric :math:`a` *improves* on the best so far, :math:`a^*`, when

    ======  ====================================  ==============================
    mode    ``threshold_mode="rel"``              ``threshold_mode="abs"``
    ======  ====================================  ==============================
    min     :math:`a < a^* (1 - \delta)`          :math:`a < a^* - \delta`
    max     :math:`a > a^* (1 + \delta)`          :math:`a > a^* + \delta`
    ======  ====================================  ==============================

    After more than ``patience`` metrics in a row without improvement the rate becomes
    :math:`\max(f\,\eta,\ \eta_{\min})`. NaN never improves. ``"rel"`` is meant for positive metrics: below
    zero its inequality lets a slightly worse value pass as better.

    Args:
        lr: :math:`\eta`, the first learning rate, 0 or more.
        mode: ``"min"`` for a metric that should fall, such as a loss; ``"max"`` for one that should grow.
        factor: :math:`f`, what the rate is multiplied by; 0 or more and below 1.
        patience: how many metrics in a row without improvement are let pass, 0 or more.
        threshold: :math:`\delta`, how large an improvement has to be, 0 or more.
        threshold_mode: ``"rel"`` or ``"abs"``.
        cooldown: how many metrics after a reduction are not counted against the patience, 0 or more.
        min_lr: :math:`\eta_{\min}`, the rate is not lowered further; 0 or more.
        eps: a change of the rate of this size or less is not made, 0 or more.

    Attributes:
        lr: the learning rate now.
        best: the best metric so far (``inf`` or ``-inf`` before the first).

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.

    Source: ``torch.optim.lr_scheduler.ReduceLROnPlateau``. Dividing by 10 on a plateau is how K. He et al.,
    *Deep residual learning for image recognition*, arXiv:1512.03385, section 3.4, trained.
    """

    def __init__(
        self,
        lr,
        mode="min",
        factor=0.1,
        patience=10,
        threshold=1e-4,
        threshold_mode="rel",
        cooldown=0,
        min_lr=0.0,
        eps=1e-8,
    ):
        if isinstance(factor, Real) and factor >= 1:
            raise ValueError(
                f"factor is {factor!r}; it multiplies the rate and must be below 1 (0.1 divides by ten)"
            )
        _check(lr=lr, factor=factor, patience=patience, threshold=threshold)
        _check(cooldown=cooldown, min_lr=min_lr, eps=eps)
        _check_choice(("min", "max"), mode=mode)
        _check_choice(("rel", "abs"), threshold_mode=threshold_mode)
        self.lr = lr
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.eps = eps
        self.best = inf if mode == "min" else -inf
        self.bad_metrics = 0
        self.cooldown_left = 0

    def __call__(self, step):
        """The learning rate now: as a schedule, which takes the step but does not need it."""
        _check(step=step)
        return self.lr

    def step(self, metric):
        """Hear the newest metric, and lower the rate if it is time.

        Args:
            metric: a number, such as the validation loss of the epoch.
        """
        metric = float(metric)
        if self._improves(metric):
            self.best = metric
            self.bad_metrics = 0
        else:
            self.bad_metrics += 1

        if self.cooldown_left > 0:
            self.cooldown_left -= 1
            self.bad_metrics = 0

        if self.bad_metrics > self.patience:
            lower = max(self.lr * self.factor, self.min_lr)
            if self.lr - lower > self.eps:
                self.lr = lower
            self.cooldown_left = self.cooldown
            self.bad_metrics = 0

    def _improves(self, metric):
        delta = -self.threshold if self.mode == "min" else self.threshold
        target = self.best * (1 + delta) if self.threshold_mode == "rel" else self.best + delta
        return metric < target if self.mode == "min" else metric > target

    def state_dict(self):
        """What a later run needs to go on from here: the settings, the rate, the best metric, the counts."""
        return deepcopy(vars(self))

    def load_state_dict(self, state_dict):
        """Go on from a saved state; its settings replace this object's, as in PyTorch.

        Raises:
            ValueError: the state is not that of a ``ReduceOnPlateau``.
        """
        if state_dict.keys() != vars(self).keys():
            raise ValueError(
                f"state_dict has the keys {sorted(state_dict)}; it must have {sorted(vars(self))}"
            )
        vars(self).update(deepcopy(state_dict))
