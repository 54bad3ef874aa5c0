r"""RAdam: Adam that holds its adaptive rate back until the variance of that rate is finite.

.. math::

    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
    v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
    \hat m_t &= \frac{m_t}{1 - \beta_1^t} \\
    \rho_\infty &= \frac{2}{1 - \beta_2} - 1 \\
    \rho_t &= \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t} \\
    r_t &= \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\, \rho_\infty}
                      {(\rho_\infty - 4)(\rho_\infty - 2)\, \rho_t}} \\
    \theta_t &= \theta_{t-1} - \eta\, \hat m_t \cdot
    \begin{cases}
        r_t \dfrac{\sqrt{1 - \beta_2^t}}{\sqrt{v_t} + \varepsilon} & \rho_t > 5 \\
        1 & \rho_t \le 5
    \end{cases}

=====================================  ====================  =========================
symbol                                 argument              ``torch.optim.RAdam``
=====================================  ====================  =========================
:math:`\theta` parameter               ``p``                 ``params``
:math:`g` gradient                     ``g``                 ``param.grad``
:math:`m` first moment                 ``m``                 ``exp_avg``
:math:`v` second moment                ``v``                 ``exp_avg_sq``
:math:`t` step, from 1                 ``t``                 ``step``
:math:`\eta` learning rate             ``lr``                ``lr``
:math:`\beta_1, \beta_2` decays        ``betas``             ``betas``
:math:`\varepsilon`                    ``eps``               ``eps``
=====================================  ====================  =========================

With :math:`\beta_2 \le 2/3` the average is so short that :math:`\rho_t` never passes 5: the rule is then
momentum alone.

Source: L. Liu, H. Jiang, P. He, W. Chen, X. Liu, J. Gao and J. Han, *On the variance of the adaptive
learning rate and beyond*, arXiv:1908.03265, algorithm 2 (with the threshold 5 for the paper's 4, and ε, as
in ``torch.optim.RAdam``, PyTorch 2.13).
"""

from lessons_pkg.ops import sqrt, where


def radam(p, g, m, v, t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """One step of RAdam; returns p, m, v."""
    beta1, beta2 = betas
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    rho_inf = 2 / (1 - beta2) - 1
    if rho_inf <= 5:
        return p - lr * m_hat, m, v
    rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
    r = sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
    adaptive = r * sqrt(1 - beta2**t) / (sqrt(v) + eps)
    return p - lr * m_hat * where(rho > 5, adaptive, 1.0), m, v
