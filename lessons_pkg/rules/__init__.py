"""The update rules: one method a file, each a pure function whose signature is its whole interface."""

from lessons_pkg.rules.adadelta import adadelta
from lessons_pkg.rules.adagrad import adagrad
from lessons_pkg.rules.adam import adam
from lessons_pkg.rules.adamax import adamax
from lessons_pkg.rules.adamw import adamw
from lessons_pkg.rules.gradient_descent import gradient_descent
from lessons_pkg.rules.heavy_ball import heavy_ball
from lessons_pkg.rules.nadam import nadam
from lessons_pkg.rules.nesterov import nesterov
from lessons_pkg.rules.radam import radam
from lessons_pkg.rules.rmsprop import rmsprop
from lessons_pkg.rules.sgd import sgd

__all__ = [  # noqa: RUF022 (in the order of the book)
    "gradient_descent",
    "heavy_ball",
    "nesterov",
    "sgd",
    "adagrad",
    "rmsprop",
    "adadelta",
    "adam",
    "adamw",
    "nadam",
    "radam",
    "adamax",
]
