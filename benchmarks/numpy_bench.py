"""Optimizer with Adam on NumPy arrays, beside torch.optim.Adam on tensors of the same shapes."""

from functools import partial

import numpy as np
import torch

from benchmarks.timing import interleaved, report
from lessons_pkg import Optimizer
from lessons_pkg.rules import adam

SHAPES = {
    "1 array of 10,000,000": [10_000_000],
    "1 array of 100,000": [100_000],
    "1000 arrays of 1000": [1000] * 1000,
}


def torch_step(sizes, **engine):
    params = [torch.nn.Parameter(torch.randn(size)) for size in sizes]
    for p in params:
        p.grad = torch.randn_like(p)
    return torch.optim.Adam(params, **engine).step


def main():
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    for title, sizes in SHAPES.items():
        params, grads = ([rng.standard_normal(size, np.float32) for size in sizes] for _ in range(2))
        optimizer = Optimizer(params, adam)
        times = interleaved(
            {
                "Optimizer": partial(optimizer.step, grads),
                "torch.optim.Adam(foreach=True)": torch_step(sizes, foreach=True),
                "torch.optim.Adam(foreach=False)": torch_step(sizes, foreach=False),
                "torch.optim.Adam(fused=True)": torch_step(sizes, fused=True),
            }
        )
        report(f"Adam, float32, one thread, {title}", times, "Optimizer", list(times)[1:])
