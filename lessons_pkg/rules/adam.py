r"""Adam: momentum divided by a running root mean square, both corrected for their start at zero.

.. math::

    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
    v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
    \hat m_t &= \frac{m_t}{1 - \beta_1^t} \\
    \hat v_t &= \frac{v_t}{1 - \beta_2^t} \\
    \theta_t &= \theta_{t-1} - \eta \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}

With AMSGrad :math:`\bar v_t = \max(\bar v_{t-1}, v_t)` takes the place of :math:`v_t` in :math:`\hat v_t`.

=====================================  ====================  =========================
symbol                                 argument              ``torch.optim.Adam``
=====================================  ====================  =========================
:math:`\theta` parameter               ``p``                 ``params``
:math:`g` gradient                     ``g``                 ``param.grad``
:math:`m` first moment                 ``m``                 ``exp_avg``
:math:`v` second moment                ``v``                 ``exp_avg_sq``
:math:`\bar v` greatest v so far       ``v_max``             ``max_exp_avg_sq``
:math:`t` step, from 1                 ``t``                 ``step``
:math:`\eta` learning rate             ``lr``                ``lr``
:math:`\beta_1, \beta_2` decays        ``betas``             ``betas``
:math:`\varepsilon`                    ``eps``               ``eps``
AMSGrad                                ``amsgrad``           ``amsgrad``
=====================================  ====================  =========================

Sources: D. P. Kingma and J. Ba, *Adam: a method for stochastic optimization*, arXiv:1412.6980, algorithm 1;
S. J. Reddi, S. Kale and S. Kumar, *On the convergence of Adam and beyond*, arXiv:1904.09237, algorithm 2
(AMSGrad; the paper has no bias correction, ``torch.optim.Adam`` has).
"""

from lessons_pkg.ops import maximum, sqrt


def adam(p, g, m, v, v_max, t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, amsgrad=False):
    """One step of Adam; returns p, m, v, v_max."""
    beta1, beta2 = betas
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    if amsgrad:
        v_max = maximum(v_max, v)
    m_hat = m / (1 - beta1**t)
    v_hat = (v_max if amsgrad else v) / (1 - beta2**t)
    return p - lr * m_hat / (sqrt(v_hat) + eps), m, v, v_max
