"""What theory says of the rules, on inputs that Hypothesis draws: one invariant a rule, at the least."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_pkg import Optimizer, rules, trajectory
from lessons_pkg.protocol import bind, check_hyperparameters, read_signature

ELEMENTWISE = [getattr(rules, name) for name in rules.__all__]
SCALE_FREE = [rules.adagrad, rules.rmsprop, rules.adam, rules.adamw, rules.nadam, rules.adamax]

size = st.floats(1e-3, 1e3)
gradient = st.builds(lambda s, x: s * x, st.sampled_from([-1.0, 1.0]), size)
gradients = st.lists(gradient, min_size=1, max_size=30)
decay = st.floats(0.01, 0.99)
momentum = st.floats(0.0, 0.98)


def run(rule, grads, start=0.0, **hyperparameters):
    """The parameter after each gradient of a list, on plain floats."""
    step = bind(rule, check_hyperparameters(rule, hyperparameters))
    p, memories, path = start, [0.0] * len(read_signature(rule).memories), []
    for t, g in enumerate(grads, 1):
        p, *memories = step(p, g, memories, t)
        path.append(p)
    return path


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda r: r.__name__)
@given(
    grads=st.lists(st.lists(gradient, min_size=4, max_size=4), min_size=1, max_size=10),
    order=st.permutations(range(4)),
)
def test_every_rule_treats_all_coordinates_alike(rule, grads, order):
    p, q = np.ones(4), np.ones(4)
    first, second = Optimizer([p], rule), Optimizer([q], rule)
    for g in np.array(grads):
        first.step([g])
        second.step([g[order]])
    np.testing.assert_array_equal(p[order], q)


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda r: r.__name__)
@given(grads=gradients)
def test_every_rule_mirrors_mirrored_gradients(rule, grads):
    there, back = run(rule, grads), run(rule, [-g for g in grads])
    assert there == [-p for p in back]


@pytest.mark.parametrize("rule", SCALE_FREE, ids=lambda r: r.__name__)
@given(grads=gradients, exponent=st.integers(-20, 20))
def test_adaptive_rules_do_not_see_the_scale_of_the_loss(rule, grads, exponent):
    """With eps = 0, multiplying every gradient by a power of two changes no bit."""
    scaled = [g * 2.0**exponent for g in grads]
    assert run(rule, grads, eps=0.0) == run(rule, scaled, eps=0.0)


@given(grads=gradients, factor=st.floats(1.5, 100))
def test_gradient_descent_and_momentum_do_see_it(grads, factor):
    scaled = [g * factor for g in grads]
    for rule in (rules.gradient_descent, rules.heavy_ball, rules.nesterov):
        np.testing.assert_allclose(
            run(rule, scaled), np.multiply(run(rule, grads), factor), rtol=1e-9, atol=1e-9
        )


# Gradient descent


@given(eta_lambda=st.floats(0.01, 3.0))
def test_gradient_descent_shrinks_an_eigenvector_by_one_minus_eta_lambda(eta_lambda):
    path = trajectory(rules.gradient_descent, lambda x: (2.0 * x,), [1.0], 20, lr=eta_lambda / 2.0)
    np.testing.assert_allclose(path[:, 0], (1 - eta_lambda) ** np.arange(21.0), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(
    ("eta_lambda", "stable"), [(1e-3, True), (1.999, True), (2.001, False), (-1e-3, False)]
)
def test_gradient_descent_is_stable_exactly_below_two(eta_lambda, stable):
    lam = math.copysign(1.0, eta_lambda)
    path = trajectory(rules.gradient_descent, lambda x: (lam * x,), [1.0], 20000, lr=abs(eta_lambda))
    assert (abs(path[-1, 0]) < 1e-6) == stable


@pytest.mark.parametrize("kappa", [4.0, 25.0, 100.0])
def test_gradient_descents_best_rate_on_a_quadratic(kappa):
    path = trajectory(
        rules.gradient_descent, lambda x, y: (x, kappa * y), [1.0, 1.0], 400, lr=2 / (1 + kappa)
    )
    length = np.linalg.norm(path, axis=1)
    assert length[300] / length[299] == pytest.approx((kappa - 1) / (kappa + 1), rel=1e-6)


# Momentum


@given(beta=st.floats(0.0, 0.95), inside=st.booleans(), margin=st.floats(0.01, 0.5))
@settings(max_examples=30)
def test_heavy_ball_is_stable_exactly_inside_zero_and_two_plus_two_beta(beta, inside, margin):
    eta_lambda = (2 + 2 * beta) * (1 - margin if inside else 1 + margin)
    path = trajectory(rules.heavy_ball, lambda x: (x,), [1.0], 1000, lr=eta_lambda, momentum=beta)
    assert (abs(path[-1, 0]) < 1e-3) == inside  # a path that has left the floats is NaN, and not below


@pytest.mark.parametrize("kappa", [4.0, 25.0, 100.0])
def test_heavy_balls_best_rate_on_a_quadratic(kappa):
    """(sqrt(kappa) - 1) / (sqrt(kappa) + 1) to three digits, from the 1000th root of what is left."""
    rate = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    lr, beta = (2 / (math.sqrt(kappa) + 1)) ** 2, rate**2
    path = trajectory(rules.heavy_ball, lambda x, y: (x, kappa * y), [1.0, 1.0], 1000, lr=lr, momentum=beta)
    length = np.linalg.norm(path, axis=1)
    last = np.flatnonzero(length > 1e-290)[-1]  # beyond that the floats end
    # a double root decays like k r^k: divide by k
    measured = (length[last] / last / (length[last // 2] / (last // 2))) ** (1 / (last - last // 2))
    assert measured == pytest.approx(rate, rel=1e-3)


@given(eta_lambda=st.floats(0.05, 1.9), beta=st.floats(0.05, 0.95))
def test_complex_roots_of_the_heavy_ball_have_modulus_root_beta(eta_lambda, beta):
    matrix = np.array([[beta, 1.0], [-eta_lambda * beta, 1 - eta_lambda]])
    if beta > (1 - math.sqrt(eta_lambda)) ** 2 + 1e-6:
        np.testing.assert_allclose(abs(np.linalg.eigvals(matrix)), math.sqrt(beta), rtol=1e-6)
    # and the matrix is the rule
    b, x = 0.3, 0.7
    new_x, new_b = rules.heavy_ball(x, x, b, lr=eta_lambda, momentum=beta)
    np.testing.assert_allclose(matrix @ [b, x], [new_b, new_x], rtol=1e-12, atol=1e-12)


@given(g=gradient, beta=momentum)
def test_momentum_under_a_constant_gradient_reaches_one_over_one_minus_beta(g, beta):
    path = run(rules.heavy_ball, [g] * 2000, lr=0.01, momentum=beta)
    assert path[-2] - path[-1] == pytest.approx(0.01 * g / (1 - beta), rel=1e-6)


@given(beta=st.floats(0.0, 0.95), inside=st.booleans(), margin=st.floats(0.01, 0.5))
@settings(max_examples=30)
def test_nesterov_is_stable_exactly_below_its_own_limit(beta, inside, margin):
    """z^2 - (1 + beta)(1 - a) z + beta (1 - a): roots in the circle for a < 2(1 + beta)/(1 + 2 beta)."""
    eta_lambda = (2 + 2 * beta) / (1 + 2 * beta) * (1 - margin if inside else 1 + margin)
    path = trajectory(rules.nesterov, lambda x: (x,), [1.0], 1000, lr=eta_lambda, momentum=beta)
    assert (abs(path[-1, 0]) < 1e-3) == inside  # a path that has left the floats is NaN, and not below


@given(grads=gradients)
def test_without_momentum_all_are_gradient_descent(grads):
    plain = run(rules.gradient_descent, grads, lr=0.1)
    assert run(rules.heavy_ball, grads, lr=0.1, momentum=0.0) == plain
    assert run(rules.nesterov, grads, lr=0.1, momentum=0.0) == plain
    assert run(rules.sgd, grads, lr=0.1, dampening=0.7) == plain


@given(grads=gradients, beta=st.floats(0.01, 0.98))
def test_sgd_is_the_heavy_ball_and_nesterov(grads, beta):
    assert run(rules.sgd, grads, momentum=beta) == run(rules.heavy_ball, grads, momentum=beta)
    assert run(rules.sgd, grads, momentum=beta, nesterov=True) == run(rules.nesterov, grads, momentum=beta)


@given(g=gradient, beta=st.floats(0.01, 0.98))
def test_dampening_equal_to_momentum_makes_steps_of_one_size_under_a_constant_gradient(g, beta):
    """It would make an exponential average, if PyTorch applied it to the first gradient too."""
    path = run(rules.sgd, [g] * 20, lr=1.0, momentum=beta, dampening=beta)
    np.testing.assert_allclose(np.diff([0.0, *path]), -g, rtol=1e-9)


# The adaptive methods


@given(grads=gradients)
def test_adagrads_effective_rate_never_grows(grads):
    rate, s = math.inf, 0.0
    for t, g in enumerate(grads, 1):
        p, s = rules.adagrad(0.0, g, s, t)
        assert abs(p / g) <= rate * (1 + 1e-12)
        rate = abs(p / g)


@given(g=gradient, n=st.integers(1, 50))
def test_adagrads_nth_step_under_a_constant_gradient_is_lr_over_root_n(g, n):
    path = [0.0, *run(rules.adagrad, [g] * n, lr=0.1, eps=0.0)]
    assert path[-1] - path[-2] == pytest.approx(-0.1 * math.copysign(1, g) / math.sqrt(n), rel=1e-9)


@given(g=gradient, alpha=decay)
def test_rmsprops_first_step_is_lr_over_root_one_minus_alpha(g, alpha):
    (p,) = run(rules.rmsprop, [g], lr=0.1, alpha=alpha, eps=0.0)
    assert p == pytest.approx(-0.1 * math.copysign(1, g) / math.sqrt(1 - alpha), rel=1e-9)


@given(grads=gradients, shift=st.floats(-10, 10))
def test_centered_rmsprop_divides_by_a_standard_deviation(grads, shift):
    """v - m^2 is a weighted variance, of the gradients and the zeros before them: never negative."""
    v = m = b = 0.0
    for g in grads:
        _, v, m, b = rules.rmsprop(0.0, g + shift, v, m, b, alpha=0.9, eps=1.0, centered=True)
        assert v - m * m >= -1e-12 * v


@given(g=gradient, rho=decay, eps=st.floats(1e-8, 1e-2))
def test_adadeltas_first_step_is_set_by_eps(g, rho, eps):
    (p,) = run(rules.adadelta, [g], rho=rho, eps=eps)
    assert p == pytest.approx(-math.sqrt(eps / ((1 - rho) * g * g + eps)) * g, rel=1e-9)


@given(grads=gradients, exponent=st.integers(-10, 10))
def test_adadeltas_step_has_the_units_of_the_parameter(grads, exponent):
    """Stretch the parameter by c: gradients shrink by c, and steps grow by c."""
    c = 2.0**exponent
    v1 = u1 = v2 = u2 = 0.0
    # eps stands in for two quantities of different units; here the start of u has its own, and the right ones
    for g in grads:
        p1, v1, u1 = rules.adadelta(0.0, g, v1, u1 + 1.0, eps=0.0)
        p2, v2, u2 = rules.adadelta(0.0, g / c, v2, u2 + c * c, eps=0.0)
        assert p2 == pytest.approx(c * p1, rel=1e-9)


@given(g=gradient, betas=st.tuples(decay, decay))
def test_adams_first_step_is_lr_times_the_sign(g, betas):
    (p,) = run(rules.adam, [g], lr=0.1, betas=betas, eps=0.0)
    assert p == pytest.approx(-0.1 * math.copysign(1, g), rel=1e-9)


def adam_bound(t, betas):
    """The longest step that any t gradients can make Adam take, in units of lr (Cauchy and Schwarz)."""
    k = np.arange(t)
    first, second = ((1 - b) * b**k / (1 - b**t) for b in betas)
    return math.sqrt(np.sum(first**2 / second)), first / second


@given(grads=gradients, betas=st.tuples(st.floats(0.1, 0.95), st.floats(0.1, 0.999)))
def test_adams_step_is_bounded(grads, betas):
    path = [0.0, *run(rules.adam, grads, lr=1.0, betas=betas, eps=0.0)]
    assert abs(path[-1] - path[-2]) <= adam_bound(len(grads), betas)[0] * (1 + 1e-9)


@pytest.mark.parametrize("t", [1, 2, 10, 100])
def test_adams_bound_is_attained(t):
    longest, worst = adam_bound(t, (0.9, 0.999))
    path = [0.0, *run(rules.adam, worst[::-1], lr=1.0, eps=0.0)]
    assert path[-2] - path[-1] == pytest.approx(longest, rel=1e-9)


@given(grads=gradients)
def test_amsgrads_denominator_never_shrinks(grads):
    m = v = v_max = 0.0
    for t, g in enumerate(grads, 1):
        before = v_max
        _, m, v, v_max = rules.adam(0.0, g, m, v, v_max, t, amsgrad=True)
        assert v_max >= max(before, v)


@given(p=size, lr=st.floats(1e-4, 0.1), omega=st.floats(0.0, 1.0))
def test_adamw_decays_in_proportion_and_adam_with_l2_does_not(p, lr, omega):
    (decayed,) = run(rules.adamw, [0.0], start=p, lr=lr, weight_decay=omega)
    assert decayed == pytest.approx((1 - lr * omega) * p, rel=1e-12)
    if omega * p > 1e-3:
        (moved,) = run(rules.adam, [0.0], start=p, lr=lr, weight_decay=omega, eps=0.0)
        assert p - moved == pytest.approx(lr, rel=1e-9)


@given(g=gradient)
def test_nadams_step_under_a_constant_gradient_tends_to_lr(g):
    path = run(rules.nadam, [g] * 1000, lr=0.01, eps=0.0)
    assert path[-2] - path[-1] == pytest.approx(0.01 * math.copysign(1, g), rel=1e-3)


@given(grads=st.lists(gradient, min_size=5, max_size=5))
def test_radam_starts_as_momentum_for_five_steps(grads):
    """With beta2 = 0.999 the rectification is off until rho passes 5, at the sixth step."""
    m, expected = 0.0, [0.0]
    for t, g in enumerate(grads, 1):
        m = 0.9 * m + (1 - 0.9) * g
        expected.append(expected[-1] - 1e-3 * (m / (1 - 0.9**t)))
    assert run(rules.radam, grads) == pytest.approx(expected[1:], rel=1e-9, abs=1e-12)
    sixth = run(rules.radam, [1.0] * 6)
    assert sixth[4] - sixth[5] < 0.1 * (sixth[3] - sixth[4])


@given(grads=gradients, betas=st.tuples(st.floats(0.1, 0.9), st.floats(0.91, 0.999)))
def test_adamaxs_step_is_bounded(grads, betas):
    """|g_i| <= u_t / beta2^(t-i), so the mean m is at most u times a geometric sum: a little more than lr."""
    beta1, beta2 = betas
    t = len(grads)
    bound = (1 - beta1) / (1 - beta1**t) * sum((beta1 / beta2) ** k for k in range(t))
    path = [0.0, *run(rules.adamax, grads, lr=1.0, betas=betas, eps=0.0)]
    assert abs(path[-1] - path[-2]) <= bound * (1 + 1e-9)
