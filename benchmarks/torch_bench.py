"""TorchOptimizer with Adam, compiled and plain, beside torch.optim.Adam; on a GPU too where there is one."""

import functools
import time

import torch

from benchmarks.numpy_bench import SHAPES
from benchmarks.timing import interleaved, report
from lessons_pkg.rules import adam
from lessons_pkg.torch_optimizer import TorchOptimizer

ENGINES = {
    "TorchOptimizer(compile=True)": functools.partial(TorchOptimizer, rule=adam, compile=True),
    "TorchOptimizer": functools.partial(TorchOptimizer, rule=adam),
    "torch.optim.Adam(fused=True)": functools.partial(torch.optim.Adam, fused=True),
    "torch.optim.Adam(foreach=True)": functools.partial(torch.optim.Adam, foreach=True),
    "torch.optim.Adam(foreach=False)": functools.partial(torch.optim.Adam, foreach=False),
}
WORDS_MOVED = 7  # read p, g, m, v and write p, m, v


def parameters(sizes, device):
    params = [torch.nn.Parameter(torch.randn(size, device=device)) for size in sizes]
    for p in params:
        p.grad = torch.randn_like(p)
    return params


def finished(function, device):
    """The function, and then a wait for the device."""

    def run():
        function()
        if device == "cuda":
            torch.cuda.synchronize()

    return run


def main():
    torch.set_num_threads(1)
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        for title, sizes in SHAPES.items():
            steps = {name: make(parameters(sizes, device)).step for name, make in ENGINES.items()}
            start = time.perf_counter()
            steps["TorchOptimizer(compile=True)"]()
            print(f"\nfirst compiled step: {time.perf_counter() - start:.1f} s")
            times = interleaved({name: finished(step, device) for name, step in steps.items()})
            compiled, *others = times
            report(f"Adam, float32, {device}, {title}", times, compiled, others)
        if device == "cuda":
            report_bandwidth()


def report_bandwidth():
    """The share of the device's copy bandwidth that a compiled step on a large tensor reaches."""
    (p,) = parameters([100_000_000], "cuda")
    step = TorchOptimizer([p], adam, compile=True).step
    source, target = torch.empty_like(p), torch.empty_like(p)
    times = interleaved(
        {"step": finished(step, "cuda"), "copy": finished(lambda: target.copy_(source), "cuda")}
    )
    share = (WORDS_MOVED / times["step"]) / (2 / times["copy"])
    print(f"\ncompiled step on 100,000,000 parameters: {share:.0%} of the copy bandwidth")
