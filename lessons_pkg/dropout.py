r"""Dropout: during training each unit is silenced at random, with probability p.

.. math::

    y_i = m_i\, x_i, \qquad
    m_i = \begin{cases} 0 & \text{with probability } p \\[2pt] \dfrac{1}{1 - p} & \text{otherwise} \end{cases}

The survivors are scaled by :math:`1 / (1 - p)`, so that the expectation of every unit stays what it was:
:math:`\mathrm{E}[m_i] = (1 - p) \cdot \frac{1}{1 - p} = 1`. Its variance does not:
:math:`\mathrm{Var}[m_i] = \frac{1}{1 - p} - 1 = \frac{p}{1 - p}`. In evaluation nothing is dropped and
nothing is scaled. This form is called *inverted* dropout, because the scaling is done in training and not in
evaluation.

A unit is dropped, not a connection: all that it feeds sees the same zero.

**Two conventions.** Here and in PyTorch :math:`p` is the probability to *drop* a unit. In the paper :math:`p`
is the probability to *keep* it, and the weights are multiplied by it in evaluation. The paper's 0.8 is 0.2
here.

=========================================  ============================  ============================
symbol                                     argument                      ``torch.nn.Dropout``
=========================================  ============================  ============================
:math:`x` activations                      ``x``                         ``input``
:math:`m` mask, 0 or 1 / (1 - p)           ``mask``                      kept inside
:math:`p` probability to drop              ``p``                         ``p``
=========================================  ============================  ============================

Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, *Dropout: a simple way to
prevent neural networks from overfitting*, JMLR 15, 2014, pages 1929-1958.
"""

from numbers import Real

import numpy as np


def dropout(x, p, rng):
    r"""Drop each element of ``x`` with probability ``p``, scale the others by 1 / (1 - p).

    .. math::

        y = m \odot x

    Args:
        x: the activations, an array of floats of any shape.
        p: the probability to drop an element, from 0 to 1. At 0 the result equals ``x``
            bit for bit; at 1 every finite element becomes zero.
        rng: where the randomness comes from, a ``numpy.random.Generator`` such as
            ``numpy.random.default_rng(0)``.

    Returns:
        ``(y, mask)``, both of the shape and dtype of ``x``. The mask holds 0 for what is
        dropped and 1 / (1 - p) for what is kept; the backward pass needs it.

    Raises:
        TypeError: ``x`` is not an array of floats, ``p`` no number, or ``rng`` no
            generator.
        ValueError: ``p`` is not from 0 to 1.
    """
    _check_probability(p)
    _check_generator(rng)
    if not isinstance(x, np.ndarray) or not np.issubdtype(x.dtype, np.floating):
        raise TypeError(f"x is {x!r}; it must be a NumPy array of floats")

    mask = np.asarray(rng.random(x.shape) >= p, dtype=x.dtype)
    if p < 1:  # at p = 1 nothing is kept, and there is nothing to scale
        mask /= 1 - p
    return x * mask, mask


def dropout_backward(grad_y, mask):
    r"""The gradient with respect to the input of :func:`dropout`.

    .. math::

        \frac{\partial L}{\partial x} = m \odot \frac{\partial L}{\partial y}

    The output is the input times a mask that does not depend on it, so its derivative is
    that same mask: a unit that was dropped hears nothing of the error.

    Args:
        grad_y: the gradient with respect to the output of :func:`dropout`, of the shape of
            ``mask``.
        mask: the mask that :func:`dropout` returned.

    Returns:
        The gradient with respect to ``x``.

    Raises:
        ValueError: ``grad_y`` has another shape than ``mask``.
    """
    if np.shape(grad_y) != np.shape(mask):
        raise ValueError(
            f"grad_y has the shape {np.shape(grad_y)}; it must have the mask's, {np.shape(mask)}"
        )
    return grad_y * mask


class Dropout:
    """A layer that drops units in training and lets them through in evaluation.

    It starts in training mode, as a PyTorch module does. Forgetting :meth:`eval` leaves a
    network whose predictions are random.

    Args:
        p: the probability to drop a unit, from 0 to 1.
        rng: a ``numpy.random.Generator``; the layer draws a new mask from it in every
            training pass.

    Attributes:
        training: whether units are dropped.
        mask: the mask of the last forward pass, ``None`` after one in evaluation mode.

    Raises:
        TypeError, ValueError: as :func:`dropout`.
    """

    def __init__(self, p, rng):
        _check_probability(p)
        _check_generator(rng)
        self.p = p
        self.rng = rng
        self.training = True
        self.mask = None

    def train(self):
        """Drop units from now on; returns the layer."""
        self.training = True
        return self

    def eval(self):
        """Let everything through from now on; returns the layer."""
        self.training = False
        return self

    def forward(self, x):
        """The layer's output for the activations ``x``; in evaluation ``x`` itself."""
        if not self.training:
            self.mask = None
            return x
        y, self.mask = dropout(x, self.p, self.rng)
        return y

    def backward(self, grad_y):
        """The gradient with respect to the input of the last forward pass."""
        return grad_y if self.mask is None else dropout_backward(grad_y, self.mask)


def _check_probability(p):
    if not isinstance(p, Real):
        raise TypeError(f"p is {p!r}; it must be a number from 0 to 1")
    if not 0 <= p <= 1:
        raise ValueError(f"p is {p!r}; it is the probability to drop a unit and must be from 0 to 1")


def _check_generator(rng):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng is {rng!r}; it must be a numpy.random.Generator, such as numpy.random.default_rng(0)"
        )
