"""A thousand steps on two parameters, as a figure takes them: plain floats, the optimizers, torch.optim."""

import time

import numpy as np
import torch

from benchmarks.timing import interleaved, report
from lessons_pkg import Optimizer, trajectory
from lessons_pkg.rules import adam

STEPS = 1000


def gradient(x, y):
    return 0.2 * x, 4.0 * y


def rule_alone():
    x, y, mx, my = -5.0, -2.0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    for t in range(1, STEPS + 1):
        gx, gy = gradient(x, y)
        x, *mx = adam(x, gx, *mx, t, lr=0.1)
        y, *my = adam(y, gy, *my, t, lr=0.1)


def numpy_optimizer():
    p = np.array([-5.0, -2.0])
    optimizer = Optimizer([p], adam, lr=0.1)
    for _ in range(STEPS):
        optimizer.step([np.array(gradient(*p))])


def torch_optimizer():
    p = torch.nn.Parameter(torch.tensor([-5.0, -2.0], dtype=torch.float64))
    p.grad = torch.ones(2, dtype=torch.float64)
    optimizer = torch.optim.Adam([p], lr=0.1)
    for _ in range(STEPS):
        optimizer.step()


def main():
    torch.set_num_threads(1)
    times = interleaved(
        {
            "adam on floats": rule_alone,
            "trajectory": lambda: trajectory(adam, gradient, (-5, -2), STEPS, lr=0.1),
            "Optimizer": numpy_optimizer,
            "torch.optim.Adam": torch_optimizer,
        },
        rounds=7,
        clock=time.process_time,
    )
    report(f"{STEPS} steps of Adam on two parameters, CPU time", times, "adam on floats", list(times)[1:])
