r"""SGD as PyTorch has it: momentum, dampening and Nesterov's variant in one rule.

.. math::

    b_t &= \begin{cases} g_1 & t = 1 \\ \beta\, b_{t-1} + (1 - \tau)\, g_t & t > 1 \end{cases} \\
    \theta_t &= \theta_{t-1} - \eta\, b_t

With Nesterov's variant :math:`\theta_t = \theta_{t-1} - \eta\, (g_t + \beta\, b_t)`; without momentum
:math:`\theta_t = \theta_{t-1} - \eta\, g_t`.

=============================  ====================  =========================
symbol                         argument              ``torch.optim.SGD``
=============================  ====================  =========================
:math:`\theta` parameter       ``p``                 ``params``
:math:`g` gradient             ``g``                 ``param.grad``
:math:`b` momentum buffer      ``b``                 ``momentum_buffer``
:math:`t` step, from 1         ``t``                 (whether the buffer exists)
:math:`\eta` learning rate     ``lr``                ``lr``
:math:`\beta` momentum         ``momentum``          ``momentum``
:math:`\tau` dampening         ``dampening``         ``dampening``
Nesterov's variant             ``nesterov``          ``nesterov``
=============================  ====================  =========================

The first gradient enters the buffer whole, whatever the dampening. (PyTorch asks whether the buffer exists
yet. That is the same question, unless the momentum is 0 at first and raised later, with dampening.)

Source: the algorithm in the documentation of ``torch.optim.SGD``, PyTorch 2.13.
"""

from lessons_pkg.ops import where


def sgd(p, g, b, t, *, lr=1e-3, momentum=0.0, dampening=0.0, nesterov=False):
    """One step of PyTorch's SGD; returns p, b."""
    if momentum != 0:
        b = where(t == 1, g, momentum * b + (1 - dampening) * g)
        g = g + momentum * b if nesterov else b
    return p - lr * g, b
