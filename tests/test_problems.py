"""The surfaces: each gradient against differences and autograd, and each promise that a docstring makes."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from lessons_pkg import problems, trajectory
from lessons_pkg.ops import sqrt
from lessons_pkg.problems import (
    CURVES,
    SURFACES,
    Quadratic,
    beale,
    flat_valley,
    plateau,
    ravine,
    rosenbrock,
    saddle,
    two_minima,
    valley,
)
from lessons_pkg.rules import adagrad, gradient_descent, heavy_ball

QUADRATICS = [s for s in SURFACES if isinstance(s, Quadratic)] + [
    ravine(100.0, 45.0),
    Quadratic((0.5, 8.0), -30.0),
]
ALL = [*QUADRATICS, *(s for s in SURFACES if not isinstance(s, Quadratic)), *CURVES]


def points(surface, n=50):
    """Random points of the view, with the start and the minima among them."""
    low, high = np.array(surface.view).T
    inside = np.random.default_rng(0).uniform(low, high, size=(n, len(low)))
    return np.vstack([inside, [surface.start], surface.minima])


def hessian(surface, x, y):
    """The second derivatives, by autograd."""
    point = torch.tensor([x, y], dtype=torch.float64)
    return torch.autograd.functional.hessian(lambda p: surface.value(p[0], p[1]), point).numpy()


@pytest.fixture(params=ALL, ids=lambda s: f"{s.name}-{getattr(s, 'condition_number', '')}")
def surface(request):
    return request.param


def test_the_gradient_is_the_limit_of_differences(surface):
    """Central differences of fourth order: (8 f(x+h) − 8 f(x−h) − f(x+2h) + f(x−2h)) / 12h."""
    h = 1e-3  # the error is about h⁴ times the fifth derivative, and the rounding of f divided by h
    for point in points(surface):
        for i, exact in enumerate(surface.gradient(*point)):
            axis = np.eye(len(point))[i]
            f = {k: surface.value(*(point + k * h * axis)) for k in (-2, -1, 1, 2)}
            difference = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * h)
            assert difference == pytest.approx(exact, rel=1e-9, abs=1e-12 * (1 + abs(f[1])) / h)


def test_the_gradient_is_what_autograd_finds(surface):
    for point in points(surface):
        leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
        surface.value(*leaves).backward()
        expected = [leaf.grad.item() for leaf in leaves]
        np.testing.assert_allclose(surface.gradient(*point), expected, rtol=1e-11, atol=1e-11)


def test_arrays_broadcast_and_equal_floats(surface):
    grid = np.meshgrid(*(np.linspace(a, b, 7) for a, b in surface.view), sparse=True)
    values = surface.value(*grid)
    gradients = surface.gradient(*grid)
    assert values.shape == (7,) * len(surface.view)
    for index in np.ndindex(values.shape):
        point = [float(np.broadcast_to(x, values.shape)[index]) for x in grid]
        assert values[index] == surface.value(*point)
        for whole, one in zip(gradients, surface.gradient(*point), strict=True):
            assert np.broadcast_to(whole, values.shape)[index] == one


def test_the_minima_are_minima_and_the_lowest_comes_first(surface):
    heights = [surface.value(*point) for point in surface.minima]
    assert heights == sorted(heights)
    for point, height in zip(surface.minima, heights, strict=True):
        np.testing.assert_allclose(surface.gradient(*point), 0.0, atol=1e-14)
        around = np.random.default_rng(1).normal(point, 1e-3, size=(100, len(point)))
        assert all(surface.value(*near) > height for near in around)


def test_start_and_minima_lie_in_the_view(surface):
    for point in (surface.start, *surface.minima):
        for x, (low, high) in zip(point, surface.view, strict=True):
            assert low < x < high


def test_names_tell_the_surfaces_apart():
    names = [s.name for s in (*SURFACES, *CURVES)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("quadratic", QUADRATICS, ids=lambda s: f"{s.name}-{s.condition_number}")
def test_the_hessian_has_the_eigenvalues(quadratic):
    np.testing.assert_allclose(quadratic.hessian, hessian(quadratic, 1.0, 2.0), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(np.linalg.eigvalsh(quadratic.hessian), quadratic.eigenvalues, rtol=1e-12)
    assert quadratic.condition_number == quadratic.eigenvalues[1] / quadratic.eigenvalues[0]


@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0, 90.0, -120.0, 360.0])
def test_the_floor_of_a_ravine_lies_at_its_angle(angle):
    surface = ravine(50.0, angle)
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    np.testing.assert_allclose(np.array(surface.hessian) @ along, along, atol=1e-13)  # λ_min = 1


def test_the_valley_is_the_books_toy_problem():
    for x, y in points(valley):
        assert valley.value(x, y) == pytest.approx(0.1 * x * x + 2 * y * y, rel=1e-15)
    path = trajectory(gradient_descent, valley.gradient, valley.start, 20, lr=0.4)
    np.testing.assert_allclose(path[-1], (-0.943467, -0.000073), atol=5e-7)
    path = trajectory(gradient_descent, valley.gradient, valley.start, 20, lr=0.6)
    np.testing.assert_allclose(path[-1], (-0.387814, -1673.365109), atol=5e-7)


@pytest.mark.parametrize("angle", [15.0, 45.0, 70.0])
def test_turning_the_ravine_leaves_gradient_descent_alone_and_adagrad_not(angle):
    def losses(surface, rule, lr):
        path = trajectory(rule, surface.gradient, surface.start, 100, lr=lr)
        return surface.value(*path.T)

    straight, turned = ravine(25.0), ravine(25.0, angle)
    for rule in (gradient_descent, heavy_ball):
        np.testing.assert_allclose(
            losses(turned, rule, 0.02), losses(straight, rule, 0.02), rtol=1e-9, atol=1e-15
        )
    assert losses(turned, adagrad, 1.0)[-1] > 1000 * losses(straight, adagrad, 1.0)[-1]


def test_rosenbrocks_minimum_has_a_condition_number_of_about_2500():
    low, high = np.linalg.eigvalsh(hessian(rosenbrock, *rosenbrock.minima[0]))
    assert 2500 < high / low < 2510


@pytest.mark.parametrize(
    ("surface", "point", "value"),
    [
        (rosenbrock, (-1.2, 1.0), 24.2),
        (rosenbrock, (0.0, 0.0), 1.0),
        (beale, (0.0, 0.0), 1.5**2 + 2.25**2 + 2.625**2),
        (saddle, (0.0, 1.0), -0.25),
        (plateau, (1.0, 0.0), 0.5),
        (two_minima, (-1.0,), -5 / 12),
        (two_minima, (0.0,), 0.0),
        (two_minima, (2.0,), -8 / 3),
    ],
)
def test_heights_known_on_paper(surface, point, value):
    assert surface.value(*point) == pytest.approx(value, rel=1e-14, abs=1e-15)


def test_gradient_descent_rests_at_the_saddle_and_leaves_it():
    path = trajectory(gradient_descent, saddle.gradient, saddle.start, 60, lr=0.3)
    assert np.linalg.norm(path[15:30], axis=1).max() < 0.02
    np.testing.assert_allclose(path[-1], (0.0, 1.0), atol=0.01)
    stuck = trajectory(gradient_descent, saddle.gradient, (-1.8, 0.0), 1000, lr=0.3)
    np.testing.assert_allclose(stuck[-1], (0.0, 0.0), atol=1e-12)


def test_on_the_plateau_the_gradient_is_small_and_the_loss_is_not():
    assert plateau.value(*plateau.start) > 0.95
    r = math.hypot(*plateau.start)
    assert math.hypot(*plateau.gradient(*plateau.start)) == pytest.approx(2 * r / (1 + r * r) ** 2)


@pytest.mark.parametrize(
    ("rule", "start", "end"),
    [
        (gradient_descent, -2.2, -1.0),
        (gradient_descent, 3.2, 2.0),
        (heavy_ball, -2.2, 2.0),  # escapes the shallow minimum
        (heavy_ball, -1.5, -1.0),  # does not
        (heavy_ball, 3.2, -1.0),  # escapes the deep one
        (heavy_ball, 2.8, 2.0),
    ],
)
def test_momentum_escapes_a_minimum_from_some_starts(rule, start, end):
    path = trajectory(rule, two_minima.gradient, (start,), 1000, lr=0.03)
    assert path[-1, 0] == pytest.approx(end, abs=1e-6)


def root_mean_square(p, g, s, t, *, lr=0.1):
    """AdaGrad, divided by the root *mean* square: the version of claim 10."""
    s = s + g * g
    return p - lr * g / sqrt(s / t), s


def beside_the_floor(rule, lr=0.1):
    """The distance from the floor of the flat valley at each of 150 steps."""
    path = trajectory(rule, flat_valley.gradient, flat_valley.start, 150, lr=lr)
    angle = math.radians(2)
    return np.abs(path @ [-math.sin(angle), math.cos(angle)])


def test_in_the_flat_valley_the_mean_settles_and_is_thrown_out_late():
    distance = beside_the_floor(root_mean_square)
    assert distance[0] == pytest.approx(0.25, abs=0.005)
    assert distance[20:60].max() < 0.0015
    assert distance.argmax() == 98
    assert distance[98] == pytest.approx(0.34, abs=0.005)


def test_in_the_flat_valley_the_sum_stays_where_it_has_settled():
    assert beside_the_floor(adagrad)[20:].max() < 0.003


def test_a_rate_that_falls_as_the_root_of_t_turns_the_mean_into_the_sum():
    cured = beside_the_floor(root_mean_square, lr=lambda k: 0.1 / math.sqrt(k + 1))
    # adagrad has an ε of 1e-10 besides
    np.testing.assert_allclose(cured, beside_the_floor(adagrad), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "eigenvalues", [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (1.0, math.inf), (math.nan, 1.0)]
)
def test_eigenvalues_out_of_range(eigenvalues):
    with pytest.raises(ValueError, match="eigenvalues must satisfy"):
        Quadratic(eigenvalues)


@pytest.mark.parametrize("condition_number", [0.5, -3.0, math.inf, math.nan])
def test_condition_number_out_of_range(condition_number):
    with pytest.raises(ValueError, match="condition_number must be"):
        ravine(condition_number)


def test_the_module_needs_math_alone():
    """So that MicroPython can run it."""
    tree = ast.parse(Path(problems.__file__).read_text(encoding="utf-8"))
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert imported == ["math"]
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
