r"""AdaGrad: every coordinate has its own rate, divided by the root of the sum of its squared gradients.

.. math::

    \eta_t &= \frac{\eta}{1 + (t - 1)\, \delta} \\
    s_t &= s_{t-1} + g_t^2, \qquad s_0 = \text{the initial accumulator value} \\
    \theta_t &= \theta_{t-1} - \eta_t \frac{g_t}{\sqrt{s_t} + \varepsilon}

=================================  ===============================  ===============================
symbol                             argument                         ``torch.optim.Adagrad``
=================================  ===============================  ===============================
:math:`\theta` parameter           ``p``                            ``params``
:math:`g` gradient                 ``g``                            ``param.grad``
:math:`s` sum of squares           ``s``                            ``sum``
:math:`t` step, from 1             ``t``                            ``step``
:math:`\eta` learning rate         ``lr``                           ``lr``
:math:`\delta` decay of the rate   ``lr_decay``                     ``lr_decay``
:math:`s_0`                        ``initial_accumulator_value``    ``initial_accumulator_value``
:math:`\varepsilon`                ``eps``                          ``eps``
=================================  ===============================  ===============================

Source: J. Duchi, E. Hazan and Y. Singer, *Adaptive subgradient methods for online learning and stochastic
optimization*, JMLR 12, 2011, figure 1, with the diagonal matrix; ``lr_decay`` as in
``torch.optim.Adagrad``, PyTorch 2.13.
"""

from lessons_pkg.ops import sqrt, where


def adagrad(p, g, s, t, *, lr=1e-2, lr_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    """One step of AdaGrad; returns p, s."""
    lr = lr / (1 + (t - 1) * lr_decay)
    s = where(t == 1, initial_accumulator_value, s) + g * g
    return p - lr * g / (sqrt(s) + eps), s
