"""Optimizers for deep learning, one pure function each, tested against ``torch.optim``."""

from lessons_pkg.optimizer import Optimizer
from lessons_pkg.trajectory import trajectory

__all__ = ["Optimizer", "trajectory"]
