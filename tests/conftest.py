"""Settings for every test, made before NumPy and torch are imported."""

import os

# One thread a process: the tests run in parallel, and the order of a sum must not depend on the machine.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
