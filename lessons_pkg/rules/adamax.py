r"""Adamax: Adam with the greatest recent gradient in place of the root mean square.

.. math::

    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
    u_t &= \max(\beta_2 u_{t-1},\; |g_t| + \varepsilon) \\
    \theta_t &= \theta_{t-1} - \frac{\eta}{1 - \beta_1^t} \frac{m_t}{u_t}

=====================================  ====================  =========================
symbol                                 argument              ``torch.optim.Adamax``
=====================================  ====================  =========================
:math:`\theta` parameter               ``p``                 ``params``
:math:`g` gradient                     ``g``                 ``param.grad``
:math:`m` first moment                 ``m``                 ``exp_avg``
:math:`u` greatest size of g, decayed  ``u``                 ``exp_inf``
:math:`t` step, from 1                 ``t``                 ``step``
:math:`\eta` learning rate             ``lr``                ``lr``
:math:`\beta_1, \beta_2` decays        ``betas``             ``betas``
:math:`\varepsilon`                    ``eps``               ``eps``
=====================================  ====================  =========================

Source: D. P. Kingma and J. Ba, *Adam: a method for stochastic optimization*, arXiv:1412.6980, algorithm 2
(the paper has no ε; ``torch.optim.Adamax``, PyTorch 2.13, adds it to the gradient's size).
"""

from lessons_pkg.ops import maximum


def adamax(p, g, m, u, t, *, lr=2e-3, betas=(0.9, 0.999), eps=1e-8):
    """One step of Adamax; returns p, m, u."""
    beta1, beta2 = betas
    m = beta1 * m + (1 - beta1) * g
    u = maximum(beta2 * u, abs(g) + eps)
    return p - lr / (1 - beta1**t) * m / u, m, u
