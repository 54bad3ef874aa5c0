"""The training loop of the book, and the sweep that makes comparisons fair."""

from itertools import product
from math import ceil

import numpy as np
from tqdm import tqdm

from lessons_pkg.data import minibatches


class History:
    """What a training run leaves behind: arrays, NaN where the run did not come.

    Attributes:
        loss: of each step's minibatch, before the step.
        gradient_norm: of each step, √(Σ g²) over all parameters.
        lr: the learning rate of each step.
        train_loss, train_accuracy: on all training data, after each epoch.
        validation_loss, validation_accuracy: on the validation data, after each epoch.
    """

    def __init__(self, steps, epochs):
        self.loss, self.gradient_norm, self.lr = np.full((3, steps), np.nan)
        self.train_loss, self.train_accuracy = np.full((2, epochs), np.nan)
        self.validation_loss, self.validation_accuracy = np.full((2, epochs), np.nan)


@np.errstate(over="ignore", invalid="ignore")
# a run that diverges overflows; its history tells so
def train(network, data, optimizer, epochs, batch_size, rng, quiet=None):
    """Train a network on minibatches.

    A run whose loss or gradient is no longer finite has diverged and ends there: the
    rest of its history is NaN.

    Args:
        network: one of :mod:`lessons_pkg.networks`.
        data: :class:`lessons_pkg.data.Data`.
        optimizer: an :class:`lessons_pkg.Optimizer` on ``network.params``.
        epochs: how often to go through the training data.
        batch_size: examples a step; the last batch of an epoch may be shorter.
        rng: a NumPy random generator, for the order of the examples.
        quiet: True for no progress bar, False for one; None for one where the output is
            a terminal.

    Returns:
        :class:`History`.

    Raises:
        ValueError: if ``epochs`` or ``batch_size`` is less than 1.
    """
    if epochs < 1 or batch_size < 1:
        raise ValueError(
            f"epochs and batch_size must be >= 1, got {epochs!r} and {batch_size!r}",
        )
    steps = ceil(len(data.train[0]) / batch_size)
    history = History(epochs * steps, epochs)
    for epoch in tqdm(range(epochs), unit="epoch", disable=quiet):
        batches = minibatches(*data.train, batch_size, rng)
        for k, (x, y) in enumerate(batches, start=epoch * steps):
            loss, gradients = network.loss_and_gradients(x, y)
            history.loss[k] = loss
            history.gradient_norm[k] = np.sqrt(sum(np.vdot(g, g) for g in gradients))
            history.lr[k] = optimizer.lr
            if not np.isfinite(loss + history.gradient_norm[k]):
                return history
            optimizer.step(gradients)
        history.train_loss[epoch] = network.loss(*data.train)
        history.train_accuracy[epoch] = network.accuracy(*data.train)
        history.validation_loss[epoch] = network.loss(*data.validation)
        history.validation_accuracy[epoch] = network.accuracy(*data.validation)
    return history


def sweep(run, rates, seeds, quiet=None):
    """Try each learning rate with each seed.

    Two methods are compared fairly when both get the same number of rates, as wide a grid, and the same
    seeds: seed 3 then means the same first weights and the same order of the data for both.

    Args:
        run: a function ``run(rate, seed)`` that trains anew and returns one number, the lower the better.
        rates: the learning rates to try.
        seeds: the seeds to try each with.
        quiet: as for :func:`train`.

    Returns:
        An array of shape (rates, seeds).
    """
    runs = tqdm(list(product(rates, seeds)), unit="run", disable=quiet)
    return np.reshape([run(rate, seed) for rate, seed in runs], (len(rates), len(seeds)))


def best_rate(rates, results):
    """The learning rate with the lowest median over the seeds.

    A run that came to NaN counts as infinitely bad.

    Args:
        rates: the learning rates, in ascending order.
        results: what :func:`sweep` returned for them.

    Raises:
        ValueError: if the best rate is the first or the last one. Then a better one may lie outside, and the
            method has not been tuned: widen the grid.
    """
    medians = np.median(np.where(np.isnan(results), np.inf, results), axis=1)
    best = int(np.argmin(medians))
    if best in (0, len(rates) - 1):
        raise ValueError(f"the best of the rates, {rates[best]:g}, is at the end of the grid: widen the grid")
    return rates[best]
