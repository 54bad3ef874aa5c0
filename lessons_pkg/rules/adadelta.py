r"""Adadelta: a step with the units of the parameter, from two running averages.

.. math::

    v_t &= \rho\, v_{t-1} + (1 - \rho)\, g_t^2 \\
    \Delta_t &= \frac{\sqrt{u_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}}\, g_t \\
    u_t &= \rho\, u_{t-1} + (1 - \rho)\, \Delta_t^2 \\
    \theta_t &= \theta_{t-1} - \eta\, \Delta_t

=================================  ====================  =========================
symbol                             argument              ``torch.optim.Adadelta``
=================================  ====================  =========================
:math:`\theta` parameter           ``p``                 ``params``
:math:`g` gradient                 ``g``                 ``param.grad``
:math:`v` mean of squared g        ``v``                 ``square_avg``
:math:`u` mean of squared steps    ``u``                 ``acc_delta``
:math:`\eta` learning rate         ``lr``                ``lr`` (the paper has none: 1)
:math:`\rho` decay                 ``rho``               ``rho``
:math:`\varepsilon`                ``eps``               ``eps``, inside both roots
=================================  ====================  =========================

Source: M. D. Zeiler, *ADADELTA: an adaptive learning rate method*, arXiv:1212.5701, algorithm 1.
"""

from lessons_pkg.ops import sqrt


def adadelta(p, g, v, u, *, lr=1.0, rho=0.9, eps=1e-6):
    """One step of Adadelta; returns p, v, u."""
    v = rho * v + (1 - rho) * g * g
    delta = sqrt(u + eps) / sqrt(v + eps) * g
    u = rho * u + (1 - rho) * delta * delta
    return p - lr * delta, v, u
