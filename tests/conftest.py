"""Settings for every test, made before NumPy and torch are imported."""

import os

# One thread a process: the tests run in parallel, and the order of a sum must not depend on the machine.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import pytest
import torch


@pytest.fixture
def float64_by_default():
    """NAdam keeps the product of its momenta in torch's default dtype: float32 would put it off by 2e-10."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)
