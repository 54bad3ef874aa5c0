r"""RMSProp: the gradient divided by a running root mean square of itself.

.. math::

    v_t &= \alpha\, v_{t-1} + (1 - \alpha)\, g_t^2 \\
    \theta_t &= \theta_{t-1} - \eta \frac{g_t}{\sqrt{v_t} + \varepsilon}

Centered, the mean of the gradient is taken away first, and the root is that of a variance: :math:`m_t =
\alpha\, m_{t-1} + (1 - \alpha)\, g_t`, and :math:`\sqrt{v_t - m_t^2}` stands in place of
:math:`\sqrt{v_t}`. With momentum :math:`\beta` the quotient goes into a buffer, :math:`b_t = \beta\,
b_{t-1} + g_t / (\sqrt{v_t} + \varepsilon)`, and :math:`\theta_t = \theta_{t-1} - \eta\, b_t`.

=================================  ====================  =========================
symbol                             argument              ``torch.optim.RMSprop``
=================================  ====================  =========================
:math:`\theta` parameter           ``p``                 ``params``
:math:`g` gradient                 ``g``                 ``param.grad``
:math:`v` mean of squares          ``v``                 ``square_avg``
:math:`m` mean of gradients        ``m``                 ``grad_avg``
:math:`b` momentum buffer          ``b``                 ``momentum_buffer``
:math:`\eta` learning rate         ``lr``                ``lr``
:math:`\alpha` smoothing constant  ``alpha``             ``alpha``
:math:`\varepsilon`                ``eps``               ``eps``, added outside the root
:math:`\beta` momentum             ``momentum``          ``momentum``
centered                           ``centered``          ``centered``
=================================  ====================  =========================

Source: T. Tieleman and G. Hinton, lecture 6.5 of *Neural networks for machine learning*, Coursera, 2012;
centered as in A. Graves, arXiv:1308.0850, equations (38) to (41); where ε stands, and the momentum, as in
``torch.optim.RMSprop``, PyTorch 2.13.
"""

from lessons_pkg.ops import sqrt


def rmsprop(p, g, v, m, b, *, lr=1e-2, alpha=0.99, eps=1e-8, momentum=0.0, centered=False):
    """One step of RMSProp; returns p, v, m, b."""
    v = alpha * v + (1 - alpha) * g * g
    if centered:
        m = alpha * m + (1 - alpha) * g
        g = g / (sqrt(v - m * m) + eps)
    else:
        g = g / (sqrt(v) + eps)
    if momentum > 0:
        b = momentum * b + g
        g = b
    return p - lr * g, v, m, b
