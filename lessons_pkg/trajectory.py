"""The path that a rule takes over a surface, in plain Python floats: exact, and fast enough for sliders."""

import numpy as np

from lessons_pkg.protocol import bind, check_hyperparameters, read_signature


def trajectory(rule, gradient, start, steps, **hyperparameters):
    """Apply a rule to a point, step after step, and return every point visited.

    Args:
        rule: a function of :mod:`lessons_pkg.rules`, applied to each coordinate alone.
        gradient: a function of the coordinates that returns as many partial derivatives,
            ``gradient(x, y) -> (df/dx, df/dy)``.
        start: the coordinates of the first point.
        steps: how many steps to take.
        **hyperparameters: the rule's own, and ``weight_decay`` and ``maximize``; ``lr`` may be a function of
            the step, counted from 0.

    Returns:
        A float64 array of shape (steps + 1, n). A path that leaves the range of floats ends in inf or NaN.

    Raises:
        TypeError, ValueError: for a hyperparameter that the rule does not have or that is out of range.
    """
    h = check_hyperparameters(rule, hyperparameters)
    schedule = h["lr"] if callable(h["lr"]) else None
    step = None if schedule else bind(rule, h)
    point = [float(x) for x in start]
    memories = [[0.0] * len(read_signature(rule).memories) for _ in point]
    path = [tuple(point)]
    for k in range(steps):
        if schedule:
            step = bind(rule, check_hyperparameters(rule, hyperparameters | {"lr": schedule(k)}))
        partials = gradient(*point)
        if len(partials) != len(point):
            raise ValueError(f"gradient must return {len(point)} partial derivatives, got {len(partials)}")
        for i, g in enumerate(partials):
            point[i], *memories[i] = step(point[i], float(g), memories[i], k + 1)
        path.append(tuple(point))
    return np.array(path)
