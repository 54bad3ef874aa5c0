"""Test surfaces: functions of one or two variables, each with its exact gradient written out.

A surface has

- ``value(x, y)``: the height, for floats or for NumPy arrays that broadcast,
- ``gradient(x, y)``: the tuple (∂f/∂x, ∂f/∂y),
- ``name``, ``start`` (a starting point that shows what the surface is for), ``minima`` (points, the lowest
  first) and ``view`` (the x range and the y range worth drawing).

A curve (:class:`Parabola`, :class:`TwoMinima`) has the same with x alone: its points, gradients and view are
tuples of one. So ``trajectory(rule, surface.gradient, surface.start, steps)`` works on all of them.

Only arithmetic and ``math`` are used, so that the same file runs in CPython and in MicroPython.
"""

import math


class Quadratic:
    r"""A quadratic bowl, given by the eigenvalues of its Hessian and the direction of the first one.

    .. math::
        f(x, y) = \tfrac12 \begin{pmatrix} x & y \end{pmatrix} H \begin{pmatrix} x \\ y \end{pmatrix},
        \qquad
        \nabla f = H \begin{pmatrix} x \\ y \end{pmatrix},
        \qquad
        H = R \begin{pmatrix} λ_{\min} & 0 \\ 0 & λ_{\max} \end{pmatrix} R^\top

    R is the rotation by ``angle``, counter-clockwise: the floor of the valley, the eigenvector of λ_min, lies
    at that angle to the x axis.

    Args:
        eigenvalues: (λ_min, λ_max), both positive.
        angle: in degrees.
        start, view, name: see the top of this module.

    Attributes:
        eigenvalues: (λ_min, λ_max).
        condition_number: κ = λ_max / λ_min.
        hessian: H, as a tuple of its rows.

    Raises:
        ValueError: unless 0 < λ_min <= λ_max.
    """

    minima = ((0.0, 0.0),)

    def __init__(
        self, eigenvalues, angle=0.0, *, start=(-4.0, 2.0), view=((-6.0, 6.0), (-4.0, 4.0)), name="quadratic"
    ):
        low, high = eigenvalues
        if not 0 < low <= high < math.inf:
            raise ValueError(f"eigenvalues must satisfy 0 < smallest <= largest, got {eigenvalues}")
        c = math.cos(math.radians(angle))
        s = math.sin(math.radians(angle))
        self.hessian = (
            (low * c * c + high * s * s, (low - high) * c * s),
            ((low - high) * c * s, low * s * s + high * c * c),
        )
        self.eigenvalues = (low, high)
        self.condition_number = high / low
        self.start = start
        self.view = view
        self.name = name

    def value(self, x, y):
        """The height f(x, y)."""
        (a, b), (_, d) = self.hessian
        return (a * x * x + 2 * b * x * y + d * y * y) / 2

    def gradient(self, x, y):
        """The tuple (∂f/∂x, ∂f/∂y)."""
        (a, b), (_, d) = self.hessian
        return a * x + b * y, b * x + d * y


#: The round bowl f = (x² + y²) / 2: κ = 1.
bowl = Quadratic((1.0, 1.0), name="bowl")

#: The valley f = 0.1 x² + 2 y², the book's toy problem: λ = 0.2 and 4, κ = 20.
valley = Quadratic((0.2, 4.0), start=(-5.0, -2.0), view=((-6.0, 6.0), (-3.0, 3.0)), name="valley")

#: A long valley, λ = 0.01 and 1, its floor almost flat and 2° off the x axis; the start is 0.25 beside it.
#: AdaGrad with a *mean* of squares in place of the sum first settles within 0.001 of the floor. But its rate
#: in y grows as √t, until the step is too long for the walls: with lr = 0.1 it is thrown 0.34 sideways at
#: step 98. With the rate divided by √t it is AdaGrad with the sum, which stays on the floor.
flat_valley = Quadratic(
    (0.01, 1.0), angle=2.0, start=(-10.0, -0.1), view=((-11.0, 1.0), (-0.9, 0.6)), name="flat valley"
)


def ravine(condition_number=25.0, angle=0.0):
    """A ravine of a given condition number: a :class:`Quadratic` with λ_min = 1 and λ_max = κ.

    The starting point turns with the ravine. So a method that does not care about the axes (gradient descent,
    momentum) has the same losses at every angle, and one that works coordinate by coordinate has not.

    Args:
        condition_number: κ = λ_max / λ_min, at least 1.
        angle: between the floor of the ravine and the x axis, in degrees.

    Raises:
        ValueError: if κ < 1.
    """
    if not 1 <= condition_number < math.inf:
        raise ValueError(f"condition_number must be finite and >= 1, got {condition_number}")
    c = math.cos(math.radians(angle))
    s = math.sin(math.radians(angle))
    start = (-4.0 * c - 1.5 * s, -4.0 * s + 1.5 * c)
    return Quadratic((1.0, condition_number), angle, start=start, name="ravine")


class Rosenbrock:
    r"""Rosenbrock's function: a curved valley with a flat floor.

    .. math::
        f(x, y) = (1 - x)^2 + 100\,(y - x^2)^2

    The valley is found at once, the minimum in it slowly: at the minimum κ is about 2500.

    Source: H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a function",
    The Computer Journal 3 (1960), p. 175–184; the start is his.
    """

    name = "Rosenbrock"
    start = (-1.2, 1.0)
    minima = ((1.0, 1.0),)
    view = ((-2.0, 2.0), (-0.8, 2.2))

    def value(self, x, y):
        """The height f(x, y)."""
        return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)

    def gradient(self, x, y):
        """The tuple (∂f/∂x, ∂f/∂y)."""
        return -2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)


class Beale:
    r"""Beale's function: a flat floor between steep walls, the minimum at the end of a bend.

    .. math::
        f(x, y) = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2

    Source: E. M. L. Beale, "On an iterative method for finding a local minimum of a function of more than one
    variable", Technical Report 25, Statistical Techniques Research Group, Princeton University (1958). The
    start is that of J. J. Moré, B. S. Garbow and K. E. Hillstrom, "Testing unconstrained optimization
    software", ACM Transactions on Mathematical Software 7 (1981), p. 17–41, problem 5.
    """

    name = "Beale"
    start = (1.0, 1.0)
    minima = ((3.0, 0.5),)
    view = ((-0.5, 4.5), (-1.5, 1.75))

    def value(self, x, y):
        """The height f(x, y)."""
        a = 1.5 - x + x * y
        b = 2.25 - x + x * y * y
        c = 2.625 - x + x * y * y * y
        return a * a + b * b + c * c

    def gradient(self, x, y):
        """The tuple (∂f/∂x, ∂f/∂y)."""
        a = 1.5 - x + x * y
        b = 2.25 - x + x * y * y
        c = 2.625 - x + x * y * y * y
        return (
            2 * a * (y - 1) + 2 * b * (y * y - 1) + 2 * c * (y * y * y - 1),
            2 * a * x + 4 * b * x * y + 6 * c * x * y * y,
        )


class Saddle:
    r"""A saddle at the origin, between two minima at (0, ±1).

    .. math::
        f(x, y) = \tfrac12 x^2 - \tfrac12 y^2 + \tfrac14 y^4

    From a point with y = 0 gradient descent ends at the saddle. From the start given here, a millionth off
    that line, it goes there too, rests, and leaves.

    Source: Yu. Nesterov, "Introductory Lectures on Convex Optimization" (2004), example 1.2.2.
    """

    name = "saddle"
    start = (-1.8, 1e-6)
    minima = ((0.0, 1.0), (0.0, -1.0))
    view = ((-2.2, 2.2), (-1.5, 1.5))

    def value(self, x, y):
        """The height f(x, y)."""
        return x * x / 2 - y * y / 2 + y * y * y * y / 4

    def gradient(self, x, y):
        """The tuple (∂f/∂x, ∂f/∂y)."""
        return x, -y + y * y * y


class Plateau:
    r"""A round hole in a plateau: far from the hole the gradient is almost zero, and the loss is not.

    .. math::
        f(x, y) = \frac{q}{1 + q}, \qquad q = x^2 + y^2

    At distance r from the minimum the gradient's norm is 2r / (1 + r²)², about 2 / r³.

    Source: as a loss of one residual, S. Geman and D. E. McClure, "Bayesian image analysis: an application to
    single photon emission tomography", Proceedings of the Statistical Computing Section, American Statistical
    Association (1985), p. 12–18.
    """

    name = "plateau"
    start = (-4.0, 2.0)
    minima = ((0.0, 0.0),)
    view = ((-6.0, 6.0), (-3.5, 3.5))

    def value(self, x, y):
        """The height f(x, y)."""
        q = x * x + y * y
        return q / (1 + q)

    def gradient(self, x, y):
        """The tuple (∂f/∂x, ∂f/∂y)."""
        q = x * x + y * y
        return 2 * x / ((1 + q) * (1 + q)), 2 * y / ((1 + q) * (1 + q))


class Parabola:
    r"""The simplest curve with a minimum: f(x) = x², f′(x) = 2x, f″ = 2."""

    name = "parabola"
    start = (10.0,)
    minima = ((0.0,),)
    view = ((-11.0, 11.0),)

    def value(self, x):
        """The height f(x)."""
        return x * x

    def gradient(self, x):
        """The tuple (f′(x),)."""
        return (2 * x,)


class TwoMinima:
    r"""A curve with a shallow minimum at −1, a deep one at 2, and a barrier between them at 0.

    .. math::
        f(x) = \tfrac14 x^4 - \tfrac13 x^3 - x^2, \qquad f'(x) = (x + 1)\,x\,(x - 2)

    It is made from its derivative: the three points where f′ vanishes are the roots that one chooses.
    f(−1) = −5/12, f(0) = 0, f(2) = −8/3.
    """

    name = "two minima"
    start = (-2.2,)
    minima = ((2.0,), (-1.0,))
    view = ((-2.4, 3.3),)

    def value(self, x):
        """The height f(x)."""
        return x * x * x * x / 4 - x * x * x / 3 - x * x

    def gradient(self, x):
        """The tuple (f′(x),)."""
        return ((x + 1) * x * (x - 2),)


rosenbrock = Rosenbrock()
beale = Beale()
saddle = Saddle()
plateau = Plateau()
parabola = Parabola()
two_minima = TwoMinima()

#: All surfaces of two variables, the ravine at κ = 25.
SURFACES = (bowl, valley, ravine(), flat_valley, rosenbrock, beale, saddle, plateau)
#: All curves of one variable.
CURVES = (parabola, two_minima)
