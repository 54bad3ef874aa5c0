r"""NAdam: Adam with Nesterov's momentum, on a slowly rising momentum schedule.

.. math::

    \mu_t &= \beta_1 \left(1 - \tfrac12\, 0.96^{\,t \psi}\right) \\
    \Pi_t &= \Pi_{t-1}\, \mu_t, \qquad \Pi_0 = 1 \\
    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
    v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
    \hat m_t &= \frac{\mu_{t+1}\, m_t}{1 - \Pi_t\, \mu_{t+1}} + \frac{(1 - \mu_t)\, g_t}{1 - \Pi_t} \\
    \hat v_t &= \frac{v_t}{1 - \beta_2^t} \\
    \theta_t &= \theta_{t-1} - \eta \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}

=====================================  ====================  =========================
symbol                                 argument              ``torch.optim.NAdam``
=====================================  ====================  =========================
:math:`\theta` parameter               ``p``                 ``params``
:math:`g` gradient                     ``g``                 ``param.grad``
:math:`m` first moment                 ``m``                 ``exp_avg``
:math:`v` second moment                ``v``                 ``exp_avg_sq``
:math:`\Pi` product of the μ            ``mu_product``        ``mu_product``
:math:`t` step, from 1                 ``t``                 ``step``
:math:`\eta` learning rate             ``lr``                ``lr``
:math:`\beta_1, \beta_2` decays        ``betas``             ``betas``
:math:`\varepsilon`                    ``eps``               ``eps``
:math:`\psi` rise of the momentum       ``momentum_decay``    ``momentum_decay``
=====================================  ====================  =========================

Source: T. Dozat, *Incorporating Nesterov momentum into Adam*, ICLR 2016 workshop, algorithm 2 (with
:math:`\beta_1`, not :math:`\mu_t`, in the average, as in ``torch.optim.NAdam``, PyTorch 2.13).
"""

from lessons_pkg.ops import sqrt, where


def nadam(p, g, m, v, mu_product, t, *, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3):
    """One step of NAdam; returns p, m, v, mu_product."""
    beta1, beta2 = betas
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    mu_product = where(t == 1, 1.0, mu_product) * mu
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = mu_next / (1 - mu_product * mu_next) * m + (1 - mu) / (1 - mu_product) * g
    v_hat = v / (1 - beta2**t)
    return p - lr * m_hat / (sqrt(v_hat) + eps), m, v, mu_product
