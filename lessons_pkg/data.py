"""The two data sets of the book, and minibatches of them."""

from numbers import Integral
from typing import NamedTuple

import numpy as np


class Data(NamedTuple):
    """A data set in three parts, each a pair of inputs (n, d) and labels (n,).

    Fit to ``train``, choose by ``validation``, report ``test``.
    """

    train: tuple
    validation: tuple
    test: tuple


def digits(seed=0, dtype=np.float64):
    r"""Handwritten digits: 1797 images of 8 × 8 pixels, as rows of 64, labelled 0 to 9.

    They are shuffled and split into 1197 images for training, 300 for validation and 300 for testing. Each
    pixel j is standardised with the mean and the standard deviation of the *training* images, so that nothing
    about the others is known in training:

    .. math::
        x_{ij} \leftarrow \frac{x_{ij} - \mu_j}{\sigma_j}

    A pixel that is the same in all training images (a corner) has σ = 0; it is centred alone.

    Args:
        seed: of the shuffle. The book keeps to 0: one split for all methods and chapters.
        dtype: of the inputs.

    Returns:
        :class:`Data`.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository (1998), doi:10.24432/C50P49; here the part of it that comes with scikit-learn.
    """
    from sklearn.datasets import load_digits  # here and not above: it takes a second

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    train, validation, test = np.split(order, [1197, 1497])
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    x = ((x - mean) / np.where(deviation > 0, deviation, 1.0)).astype(dtype)
    return Data((x[train], y[train]), (x[validation], y[validation]), (x[test], y[test]))


def sparse_features(seed=0, dtype=np.float64):
    r"""Two classes and 100 features that are 0 or 1, from common to rare, as words are in texts.

    Feature j is present with probability p_j, which falls geometrically from 1/2 to 1/200. The label is the
    sign of a weighted sum in which a feature counts the more, the rarer it is, so that each contributes the
    same variance:

    .. math::
        y_i = \Big[\sum_j w_j\,(x_{ij} - p_j) > 0\Big], \qquad w_j = \frac{\pm 1}{\sqrt{p_j\,(1 - p_j)}}

    In the mean, the gradient of a rare feature's weight is small and in most steps it is exactly zero: a rate
    that suits the common weights is far too small for the rare ones, and the classes cannot be told apart
    without these. 2000 examples are for training, 500 for validation and 500 for testing.

    Args:
        seed: of the examples and of the signs in w.
        dtype: of the inputs.

    Returns:
        :class:`Data`.

    Source: made for this book, after the motivation given by J. Duchi, E. Hazan and Y. Singer, "Adaptive
    subgradient methods for online learning and stochastic optimization", JMLR 12 (2011), p. 2121–2159.
    """
    rng = np.random.default_rng(seed)
    p = np.geomspace(1 / 2, 1 / 200, 100)
    w = rng.choice([-1, 1], size=100) / np.sqrt(p * (1 - p))
    x = (rng.random((3000, 100)) < p).astype(dtype)
    y = ((x - p) @ w > 0).astype(int)
    return Data((x[:2000], y[:2000]), (x[2000:2500], y[2000:2500]), (x[2500:], y[2500:]))


def minibatches(x, y, batch_size, rng):
    """Go once through the data in a random order, ``batch_size`` examples at a time.

    Each example comes exactly once. Where the size does not divide the number of
    examples, the last batch is shorter; it is kept.

    Args:
        x, y: arrays of the same length.
        batch_size: from 1 up. As large as the data or larger: one batch of everything.
        rng: a NumPy random generator; its seed decides the order.

    Returns:
        An iterator over pairs (inputs, labels).

    Raises:
        ValueError: if the lengths differ or the batch size is not a positive integer.

    Example:
        >>> x, y = np.arange(5.0), np.arange(5)
        >>> rng = np.random.default_rng(0)
        >>> [len(labels) for _, labels in minibatches(x, y, 2, rng)]
        [2, 2, 1]
    """
    if len(x) != len(y):
        raise ValueError(
            f"x and y must have the same length, got {len(x)} and {len(y)}",
        )
    if not isinstance(batch_size, Integral) or batch_size < 1:
        raise ValueError(f"batch_size must be an integer >= 1, got {batch_size!r}")
    order = rng.permutation(len(x))
    starts = range(0, len(x), batch_size)
    batches = [order[start : start + batch_size] for start in starts]
    return ((x[rows], y[rows]) for rows in batches)
