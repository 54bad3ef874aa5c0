r"""Early stopping: end the training when the score on held-out data has stopped improving.

A score :math:`s_k` *improves* on the best so far, :math:`s^*`, when it beats it by more than the margin
:math:`\delta`, strictly:

.. math::

    s_k < s^* - \delta \quad (\text{mode "min"}), \qquad s_k > s^* + \delta \quad (\text{mode "max"})

The first score has nothing to beat and counts as an improvement. When ``patience`` scores in a row have not
improved, it is time to stop. (:class:`~lessons_pkg.schedules.ReduceOnPlateau` counts as PyTorch does: it
lets ``patience`` scores pass and acts on the next.) A small gain that stays within the margin is no
improvement: neither the best score nor the kept weights move, so that many small gains can still add up to
one that counts.

The best score is known only afterwards, which is why a copy of its weights must be kept on the way. It is
also optimistic: it was *selected* as the best of many, on the data it is measured on. Report the score on
other data.

==================================  ===================================================================
symbol                              argument
==================================  ===================================================================
:math:`s_k` score of step k         ``score``
:math:`s^*` best score so far       attribute ``best_score``
:math:`\delta` margin               ``min_delta``
==================================  ===================================================================

Sources: L. Prechelt, *Early stopping - but when?*, in Neural Networks: Tricks of the Trade, 1998; I.
Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, 2016, algorithm 7.1, whose patience is counted as
here.
"""

from copy import deepcopy
from math import inf, isfinite
from numbers import Integral, Real

import numpy as np


class EarlyStopping:
    """Watches a score, says when to stop, and brings the best parameters back.

    ::

        stopper = EarlyStopping(patience=5)
        for epoch in range(100):
            ...
            if stopper.step(validation_loss, params):
                break
        stopper.restore(params)

    One score is one *step* here: mostly that of an epoch.

    Args:
        patience: how many scores in a row without improvement end the training, 1 or more.
        min_delta: the margin by which a score has to beat the best, in the score's own unit, 0 or more.
        mode: ``"min"`` for a score that should fall, such as a loss; ``"max"`` for one that should grow, such
            as an accuracy.
        restore_best: whether to keep a copy of the best parameters. :meth:`step` puts it back when it says
            stop, :meth:`restore` at any time. Without it nothing is copied and nothing is put back.

    Attributes:
        best_score: the best score so far (``inf`` or ``-inf`` before the first).
        best_step: which step had it, counted from 0; ``None`` before the first.

    Raises:
        TypeError, ValueError: an argument is not what is allowed above.
    """

    def __init__(self, patience, min_delta=0.0, mode="min", restore_best=True):
        if not isinstance(patience, Integral):
            raise TypeError(f"patience is {patience!r}; it must be an integer, 1 or more")
        if patience < 1:
            raise ValueError(f"patience is {patience!r}; it must be an integer, 1 or more")
        if not isinstance(min_delta, Real):
            raise TypeError(f"min_delta is {min_delta!r}; it must be a finite number, 0 or more")
        if not (isfinite(min_delta) and min_delta >= 0):
            raise ValueError(
                f"min_delta is {min_delta!r}; it must be a finite number, 0 or more (also in mode 'max')"
            )
        if mode not in ("min", "max"):
            raise ValueError(f"mode is {mode!r}; it must be 'min' or 'max'")
        self.patience = patience
        self.min_delta = min_delta
        self.mode = mode
        self.restore_best = restore_best
        self.steps = 0
        self.best_score = inf if mode == "min" else -inf
        self.best_step = None
        self.best_params = None
        self.steps_without_improvement = 0

    def step(self, score, params=None):
        """Hear the newest score; says whether to stop.

        NaN improves on nothing, and counts against the patience like any other score
        that does not: a run that has diverged ends by itself and gets its best
        parameters back.

        Args:
            score: a number, such as the validation loss of the epoch.
            params: the parameters that it belongs to, a list of NumPy arrays. They are
                copied if the score is the best so far, and overwritten with the best if
                it is time to stop. With ``restore_best=False`` they are left alone and
                may be omitted.

        Returns:
            True when the training should end.

        Raises:
            TypeError: ``params`` is not a list of NumPy arrays, and ``restore_best``
                needs one.
            ValueError: at the end, as :meth:`restore`.
        """
        if self.restore_best:
            _check_arrays(params)
        score = float(score)
        if self._improves(score):
            self.best_score = score
            self.best_step = self.steps
            self.steps_without_improvement = 0
            if self.restore_best:
                self.best_params = [p.copy() for p in params]
        else:
            self.steps_without_improvement += 1
        self.steps += 1

        stop = self.steps_without_improvement >= self.patience
        if stop and self.restore_best:
            self.restore(params)
        return stop

    def _improves(self, score):
        if self.mode == "min":
            return score < self.best_score - self.min_delta
        return score > self.best_score + self.min_delta

    def restore(self, params):
        """Write the best parameters into ``params``, in place.

        Call it after the training, too: a run that ends before the patience does is left with its last
        parameters.

        Args:
            params: a list of NumPy arrays with the shapes and dtypes of those that were kept.

        Raises:
            TypeError: ``params`` is not a list of NumPy arrays.
            ValueError: there is nothing to restore, or the shapes or dtypes are others. No array is changed.
        """
        if not self.restore_best:
            raise ValueError(
                "restore_best is False, so no parameters were kept; it must be True to restore them"
            )
        if self.best_params is None:
            raise ValueError(
                f"no parameters to restore: of the {self.steps} scores so far none improved on "
                f"{self.best_score} (NaN never does)"
            )
        _check_arrays(params)
        kept, given = ([(p.shape, p.dtype.name) for p in arrays] for arrays in (self.best_params, params))
        if given != kept:
            raise ValueError(
                f"params has the shapes and dtypes {given}; it must have those that were kept, {kept}"
            )
        for p, best in zip(params, self.best_params, strict=True):
            p[...] = best

    def state_dict(self):
        """What a later run needs to go on from here: the settings, the counts, a copy of the best."""
        return deepcopy(vars(self))

    def load_state_dict(self, state_dict):
        """Go on from a saved state; its settings replace this object's.

        Raises:
            ValueError: the state is not that of an ``EarlyStopping``.
        """
        if state_dict.keys() != vars(self).keys():
            raise ValueError(
                f"state_dict has the keys {sorted(state_dict)}; it must have {sorted(vars(self))}"
            )
        vars(self).update(deepcopy(state_dict))


def _check_arrays(params):
    if not isinstance(params, (list, tuple)) or not all(isinstance(p, np.ndarray) for p in params):
        raise TypeError(f"params is a {type(params).__name__}; it must be a list of NumPy arrays")
