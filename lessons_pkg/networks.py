r"""Two small networks in NumPy, their gradients written out line by line.

A network has

- ``params``: a plain list of arrays, to be given to an optimizer, which changes them in place;
- ``loss_and_gradients(x, y)``: the mean loss of a batch, and its gradient with respect to each of ``params``,
  in the same order;
- ``scores(x)``, ``predict(x)``, ``loss(x, y)``, ``accuracy(x, y)``.

Inputs x have shape (B, d), one example a row; labels y are integers from 0 to k − 1, of shape (B,).

Each gradient follows from the next by the chain rule. For a matrix product Z = X W of a batch:

.. math::
    \frac{∂L}{∂W} = X^\top \frac{∂L}{∂Z}, \qquad \frac{∂L}{∂X} = \frac{∂L}{∂Z} W^\top

In the code ``dW`` stands for ∂L/∂W, an array of the shape of W.
"""

import numpy as np


def log_softmax(z):
    r"""The logarithm of the softmax of each row.

    .. math::
        \log p_{ij} = z_{ij} - \log \sum_{c} e^{z_{ic}}

    The greatest score of the row is subtracted first. That changes nothing but keeps the exponential from
    overflowing.

    Args:
        z: scores, shape (B, k).
    """
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def cross_entropy(z, y):
    r"""The loss of a batch of scores, and its gradient with respect to them.

    .. math::
        L = -\frac1B \sum_{i} \log p_{i y_i}, \qquad
        \frac{∂L}{∂z_{ij}} = \frac1B \big( p_{ij} - [\,j = y_i\,] \big), \qquad p = \mathrm{softmax}(z)

    It is the *mean* over the batch, as in ``torch.nn.CrossEntropyLoss``.

    Args:
        z: scores, shape (B, k).
        y: labels, integers, shape (B,).

    Returns:
        ``(L, ∂L/∂z)``: a float, and an array of the shape and dtype of z.

    Raises:
        TypeError: if the labels are not integers.
        ValueError: if they are not one for each row, or not from 0 to k − 1.
    """
    B, k = z.shape
    y = np.asarray(y)
    if y.dtype.kind not in "iu":
        raise TypeError(f"y must be integers, got {y.dtype}")
    if y.shape != (B,) or B == 0:
        raise ValueError(f"y must have shape (B,) = ({B},) with B >= 1, got {y.shape}")
    if y.min() < 0 or y.max() >= k:
        raise ValueError(f"y must be from 0 to {k - 1}, got {y.min()} to {y.max()}")
    log_p = log_softmax(z)
    L = -log_p[np.arange(B), y].mean()
    dz = np.exp(log_p)
    dz[np.arange(B), y] -= 1
    return float(L), dz / B


class SoftmaxRegression:
    r"""A linear classifier: scores z = x W + b, probabilities softmax(z). Its loss is convex.

    It starts at zero, where all classes are equally likely and the loss is log k.

    Args:
        inputs: d, the number of inputs.
        classes: k.
        dtype: of the parameters, float64 or float32.

    Attributes:
        params: [W, b], of shapes (d, k) and (k,).
    """

    def __init__(self, inputs, classes, dtype=np.float64):
        self.params = [np.zeros((inputs, classes), dtype), np.zeros(classes, dtype)]

    def scores(self, x):
        """z, shape (B, k); before the softmax."""
        W, b = self.params
        _check_inputs(x, W)
        return x @ W + b

    def loss_and_gradients(self, x, y):
        """The mean cross-entropy of the batch, and [∂L/∂W, ∂L/∂b]."""
        z = self.scores(x)  #              z = x W + b
        loss, dz = cross_entropy(z, y)  #  L, ∂L/∂z
        dW = x.T @ dz  #                   ∂L/∂W = xᵀ ∂L/∂z
        db = dz.sum(axis=0)  #             ∂L/∂b = Σᵢ ∂L/∂zᵢ
        return loss, [dW, db]

    def predict(self, x):
        """The class with the greatest score, for each example."""
        return self.scores(x).argmax(axis=1)

    def loss(self, x, y):
        """The mean cross-entropy."""
        return cross_entropy(self.scores(x), y)[0]

    def accuracy(self, x, y):
        """The share of examples whose class is predicted right."""
        return float(np.mean(self.predict(x) == y))


class MLP:
    r"""A network with one hidden layer of rectified linear units.

    .. math::
        a = x W_1 + b_1, \qquad h = \max(a, 0), \qquad z = h W_2 + b_2

    The weights start normally distributed with variance 2 / (number of inputs of the layer), so that the
    activations neither grow nor fade from layer to layer; the biases start at zero.

    Args:
        inputs, hidden, classes: the sizes of the layers.
        rng: a NumPy random generator, for the first weights.
        dtype: of the parameters, float64 or float32.

    Attributes:
        params: [W₁, b₁, W₂, b₂].

    Source of the first weights: K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV
    2015, arXiv:1502.01852, section 2.2.
    """

    def __init__(self, inputs, hidden, classes, rng, dtype=np.float64):
        W1 = rng.normal(0, np.sqrt(2 / inputs), (inputs, hidden)).astype(dtype)
        W2 = rng.normal(0, np.sqrt(2 / hidden), (hidden, classes)).astype(dtype)
        self.params = [W1, np.zeros(hidden, dtype), W2, np.zeros(classes, dtype)]

    def forward(self, x):
        """a, h and z of a batch."""
        W1, b1, W2, b2 = self.params
        _check_inputs(x, W1)
        a = x @ W1 + b1
        h = np.maximum(a, 0)
        z = h @ W2 + b2
        return a, h, z

    def loss_and_gradients(self, x, y):
        """The mean cross-entropy of the batch, and [∂L/∂W₁, ∂L/∂b₁, ∂L/∂W₂, ∂L/∂b₂]."""
        W2 = self.params[2]
        a, h, z = self.forward(x)
        loss, dz = cross_entropy(z, y)  #  L, ∂L/∂z
        dW2 = h.T @ dz  #                  ∂L/∂W₂ = hᵀ ∂L/∂z
        db2 = dz.sum(axis=0)  #            ∂L/∂b₂ = Σᵢ ∂L/∂zᵢ
        dh = dz @ W2.T  #                  ∂L/∂h = ∂L/∂z W₂ᵀ
        da = dh * (a > 0)  #               ∂L/∂a = ∂L/∂h, where the unit is on
        dW1 = x.T @ da  #                  ∂L/∂W₁ = xᵀ ∂L/∂a
        db1 = da.sum(axis=0)  #            ∂L/∂b₁ = Σᵢ ∂L/∂aᵢ
        return loss, [dW1, db1, dW2, db2]

    def scores(self, x):
        """z, shape (B, k); before the softmax."""
        return self.forward(x)[-1]

    def predict(self, x):
        """The class with the greatest score, for each example."""
        return self.scores(x).argmax(axis=1)

    def loss(self, x, y):
        """The mean cross-entropy."""
        return cross_entropy(self.scores(x), y)[0]

    def accuracy(self, x, y):
        """The share of examples whose class is predicted right."""
        return float(np.mean(self.predict(x) == y))


def _check_inputs(x, W):
    if np.ndim(x) != 2 or np.shape(x)[1] != len(W):
        raise ValueError(f"x must have shape (B, {len(W)}), got {np.shape(x)}")
