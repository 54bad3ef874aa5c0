"""The peak memory of a step of Optimizer beyond parameters, gradients and memories, for every rule."""

import tracemalloc

import numpy as np

from lessons_pkg import Optimizer, rules

SIZE = 10_000_000


def main():
    print("\nPeak memory of the third step beyond what is kept, in MB, float32")
    for sizes in ([SIZE], [1000] * 1000):
        for name in rules.__all__:
            params, grads = ([np.ones(size, np.float32) for size in sizes] for _ in range(2))
            optimizer = Optimizer(params, getattr(rules, name))
            for _ in range(2):
                optimizer.step(grads)
            tracemalloc.start()
            optimizer.step(grads)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            print(f"  {len(sizes):4} x {sizes[0]:8}  {name:18} {peak / 1e6:6.2f}")
