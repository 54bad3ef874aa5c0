"""Which values a hyperparameter may have. A name means the same in every rule, so one table serves all."""

import math
from numbers import Real

# name: (lowest value allowed, highest value allowed, whether the highest itself is allowed)
RANGES = {
    "lr": (0.0, math.inf, False),
    "momentum": (0.0, math.inf, False),
    "betas": (0.0, 1.0, False),
    "alpha": (0.0, math.inf, False),
    "rho": (0.0, 1.0, True),
    "eps": (0.0, math.inf, False),
    "lr_decay": (0.0, math.inf, False),
    "initial_accumulator_value": (0.0, math.inf, False),
    "momentum_decay": (0.0, math.inf, False),
    "weight_decay": (0.0, math.inf, False),
}
ANY_NUMBER = (-math.inf, math.inf, False)  # dampening, and the hyperparameters of a rule of your own


def check(name, value, default):
    """Return ``value`` as plain Python numbers, or say what is wrong with it.

    A NumPy scalar becomes a float here: left as it is, a float64 scalar would turn float32 parameters into
    float64.

    Args:
        name: the hyperparameter's name, a key of ``RANGES`` or any other.
        value: what the caller gave.
        default: the rule's own default. Its kind (a flag, a number, a tuple of numbers) is the kind required.

    Raises:
        TypeError: if the value is of another kind than the default.
        ValueError: if a number is outside the range of ``RANGES``, infinite, or NaN.
    """
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, got {value!r}")
        return value
    if isinstance(default, tuple):
        if not isinstance(value, (tuple, list)) or len(value) != len(default):
            raise TypeError(f"{name} must be a tuple of {len(default)} numbers, got {value!r}")
        return tuple(
            check_number(f"{name}[{i}]", v, *RANGES.get(name, ANY_NUMBER)) for i, v in enumerate(value)
        )
    return check_number(name, value, *RANGES.get(name, ANY_NUMBER))


def check_number(name, value, low, high, high_allowed):
    """Return ``value`` as a float if it lies in the range; see :func:`check`."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    number = float(value)
    if not (low <= number < high or (high_allowed and number == high)) or math.isinf(number):
        upper = "" if high == math.inf else f" and {'<=' if high_allowed else '<'} {high:g}"
        allowed = "finite" if low == -math.inf else f"finite and >= {low:g}{upper}"
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return number


def check_together(hyperparameters):
    """Raise a ValueError where two hyperparameters, each allowed, exclude one another."""
    h = hyperparameters
    if h.get("nesterov") and (h["momentum"] == 0 or h["dampening"] != 0):
        raise ValueError(
            "nesterov=True needs momentum > 0 and dampening = 0, "
            f"got momentum={h['momentum']!r} and dampening={h['dampening']!r}"
        )
