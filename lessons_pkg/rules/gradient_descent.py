r"""Gradient descent: a step against the gradient.

.. math::

    \theta_t = \theta_{t-1} - \eta\, g_t

=============================  ====================  =========================
symbol                         argument              ``torch.optim.SGD``
=============================  ====================  =========================
:math:`\theta` parameter       ``p``                 ``params``
:math:`g` gradient             ``g``                 ``param.grad``
:math:`\eta` learning rate     ``lr``                ``lr``
=============================  ====================  =========================

Source: A. Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*, Comptes
rendus 25 (1847).
"""


def gradient_descent(p, g, *, lr=1e-3):
    """One step of gradient descent; returns p."""
    return p - lr * g
