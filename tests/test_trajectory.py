"""trajectory: the path in plain floats, equal to Optimizer's, and the numbers worked by hand in the book."""

from functools import partial

import numpy as np
import pytest

from lessons_pkg import Optimizer, rules, trajectory
from lessons_pkg.schedules import cosine


def square(x):
    return (2 * x,)


def valley(x, y):
    return 0.2 * x, 4 * y


@pytest.mark.parametrize(
    ("rule", "gradient", "start", "steps", "arguments", "end"),
    [
        (rules.gradient_descent, square, [10], 10, {"lr": 0.2}, [0.060466]),
        (rules.gradient_descent, square, [10], 10, {"lr": 0.05}, [3.486784]),
        (rules.gradient_descent, square, [10], 10, {"lr": 1.1}, [61.917364]),
        (rules.gradient_descent, valley, [-5, -2], 20, {"lr": 0.4}, [-0.943467, -0.000073]),
        (rules.gradient_descent, valley, [-5, -2], 20, {"lr": 0.6}, [-0.387814, -1673.365109]),
        (rules.heavy_ball, valley, [-5, -2], 20, {"lr": 0.6, "momentum": 0.5}, [0.007188, 0.002553]),
        (rules.adagrad, valley, [-5, -2], 20, {"lr": 0.4}, [-2.382563, -0.158591]),
        (rules.adagrad, valley, [-5, -2], 20, {"lr": 2.0}, [-0.002295, 0.0]),
        (rules.rmsprop, valley, [-5, -2], 20, {"lr": 0.4, "alpha": 0.9}, [-0.010598, 0.0]),
    ],
)
def test_numbers_known_beforehand(rule, gradient, start, steps, arguments, end):
    path = trajectory(rule, gradient, start, steps, **arguments)
    assert path.shape == (steps + 1, len(start))
    np.testing.assert_allclose(path[0], start)
    np.testing.assert_allclose(path[-1], end, atol=1e-6)


@pytest.mark.parametrize("lr", [0.05, partial(cosine, lr=0.05, T_max=30)], ids=["number", "schedule"])
@pytest.mark.parametrize("rule", [getattr(rules, name) for name in rules.__all__], ids=lambda r: r.__name__)
def test_it_is_the_optimizers_path_to_the_bit(rule, lr):
    p = np.array([-5.0, -2.0])
    optimizer, points = Optimizer([p], rule, lr=lr, weight_decay=0.01), [p.copy()]
    for _ in range(30):
        optimizer.step([np.array(valley(*p))])
        points.append(p.copy())
    path = trajectory(rule, valley, [-5, -2], 30, lr=lr, weight_decay=0.01)
    np.testing.assert_array_equal(path, points)


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="lr must be"):
        trajectory(rules.adam, valley, [0, 0], 3, lr=-1)
    with pytest.raises(ValueError, match="2 partial derivatives, got 3"):
        trajectory(rules.adam, lambda x, y: (x, y, 0.0), [0, 0], 3)
