r"""Heavy ball: gradient descent with momentum.

.. math::

    b_t &= \beta\, b_{t-1} + g_t \\
    \theta_t &= \theta_{t-1} - \eta\, b_t

=============================  ====================  =========================
symbol                         argument              ``torch.optim.SGD``
=============================  ====================  =========================
:math:`\theta` parameter       ``p``                 ``params``
:math:`g` gradient             ``g``                 ``param.grad``
:math:`b` momentum buffer      ``b``                 ``momentum_buffer``
:math:`\eta` learning rate     ``lr``                ``lr``
:math:`\beta` momentum         ``momentum``          ``momentum``
=============================  ====================  =========================

With a constant learning rate this is Polyak's
:math:`\theta_{t+1} = \theta_t - \eta\, g_{t+1} + \beta(\theta_t - \theta_{t-1})`.

Source: B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*,
USSR Computational Mathematics and Mathematical Physics 4(5), 1964.
"""


def heavy_ball(p, g, b, *, lr=1e-3, momentum=0.9):
    """One step of gradient descent with momentum; returns p, b."""
    b = momentum * b + g
    return p - lr * b, b
