"""Times functions side by side: in turn, several rounds, the median of each."""

import statistics
import time


def interleaved(functions, rounds=15, warmup=3, clock=time.perf_counter):
    """Return the median time of each function, in seconds, by name.

    The functions run in turn, A B C A B C …, so that a machine that slows down slows them all.
    """
    times = {name: [] for name in functions}
    for k in range(warmup + rounds):
        for name, function in functions.items():
            start = clock()
            function()
            if k >= warmup:
                times[name].append(clock() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def report(title, times, of, against):
    """Print the median times, and the ratio of one of them to each of the others."""
    print(f"\n{title}")
    for name, seconds in times.items():
        ratio = f"   {of} is {times[of] / seconds:.2f} of it" if name in against else ""
        print(f"  {name:34} {seconds * 1e3:9.3f} ms{ratio}")
