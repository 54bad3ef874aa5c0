"""Run every benchmark: ``python -m benchmarks``, or some: ``python -m benchmarks numpy memory``."""

import os
import sys

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = (
    "1"  # before NumPy and torch are imported
)

import importlib

NAMES = ["numpy", "torch", "memory", "floats", "book"]


def main(names):
    unknown = set(names) - set(NAMES)
    if unknown:
        sys.exit(f"no benchmark {sorted(unknown)}; there are {NAMES}")
    for name in names or NAMES:
        importlib.import_module(f"benchmarks.{name}_bench").main()


main(sys.argv[1:])
