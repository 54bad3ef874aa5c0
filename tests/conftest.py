"""Settings for every test, made before NumPy and torch are imported."""

import os

# One thread a process: the tests run in parallel, and the order of a sum must not depend on the machine.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import hypothesis
import pytest
import torch

# The same examples on every run, and no deadline: the machine may be busy.
hypothesis.settings.register_profile("book", derandomize=True, deadline=None)
hypothesis.settings.load_profile("book")


def missing(what):
    """Say what a test cannot run without: on a learner's machine a skip, in CI a failure."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@pytest.fixture
def float64_by_default():
    """NAdam keeps the product of its momenta in torch's default dtype: float32 would put it off by 2e-10."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)
