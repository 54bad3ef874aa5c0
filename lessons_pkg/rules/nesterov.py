r"""Nesterov's momentum, in the form that deep-learning libraries use.

.. math::

    b_t &= \beta\, b_{t-1} + g_t \\
    \theta_t &= \theta_{t-1} - \eta\, (g_t + \beta\, b_t)

=============================  ====================  =========================
symbol                         argument              ``torch.optim.SGD``
=============================  ====================  =========================
:math:`\theta` parameter       ``p``                 ``params``
:math:`g` gradient             ``g``                 ``param.grad``
:math:`b` momentum buffer      ``b``                 ``momentum_buffer``
:math:`\eta` learning rate     ``lr``                ``lr``
:math:`\beta` momentum         ``momentum``          ``momentum``, with ``nesterov=True``
=============================  ====================  =========================

Nesterov evaluates the gradient at a point ahead. Here :math:`\theta` *is* that point, so that the gradient
is taken where the parameters stand; with a constant learning rate the two sequences are the same one, seen
from two places.

Source: Y. Nesterov, *A method of solving a convex programming problem with convergence rate O(1/k²)*,
Soviet Mathematics Doklady 27, 1983; in this form I. Sutskever, J. Martens, G. Dahl and G. Hinton, *On the
importance of initialization and momentum in deep learning*, ICML 2013, and Y. Bengio, N.
Boulanger-Lewandowski and R. Pascanu, arXiv:1212.0901, section 3.5.
"""


def nesterov(p, g, b, *, lr=1e-3, momentum=0.9):
    """One step of Nesterov's momentum; returns p, b."""
    b = momentum * b + g
    return p - lr * (g + momentum * b), b
