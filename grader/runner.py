"""Runs inside the box: executes the student's cells, then answers calls of the student's functions.

It knows no question and no answer. Whatever the student's code does to this process, it can only change what
is answered. Requests come in as lines, replies go out as lines; what the student prints goes nowhere.
"""

import os
import signal
import sys

sys.path[:0] = ["/box"]  # NumPy, and the file beside this one; nothing else can be imported

import numpy as np  # noqa: E402
import wire  # noqa: E402


class TooSlow(BaseException):
    """Not an Exception: a student's ``except Exception`` must not swallow it."""


def too_slow(*_):
    raise TooSlow


def run_for(seconds, function, *arguments, **keywords):
    """Call a function, and stop it when its time is over."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return function(*arguments, **keywords)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def in_words(error, seconds):
    if isinstance(error, TooSlow):
        return f"it ran longer than {seconds:g} s"
    return f"{type(error).__name__}: {error}"[:300]


def compiled(number, source):
    """A cell as Python, without the lines that only Jupyter understands, if it has such lines."""
    try:
        return compile(source, f"<cell {number}>", "exec")
    except SyntaxError:
        lines = ["" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.split("\n")]
        return compile("\n".join(lines), f"<cell {number}>", "exec")


def execute(cells, seconds):
    """Run the cells in order in one namespace; return it, and for each cell that failed its number and why.

    A cell that fails does not end the run, as in a notebook whose other cells are run by hand.
    """
    namespace, failures = {"__name__": "__main__"}, []
    for number, source in cells:
        try:
            run_for(seconds, exec, compiled(number, source), namespace)
        except BaseException as error:  # also SystemExit and KeyboardInterrupt: the cell is over, no more
            failures.append([number, in_words(error, seconds)])
    return namespace, failures


def answer(namespace, failures, request):
    """The reply to one call."""
    name, seconds = request["function"], request["seconds"]
    function = namespace.get(name)
    if not callable(function):
        cell = f"; your code cell {failures[0][0]} stopped: {failures[0][1]}" if failures else ""
        return {"error": f"{name} is not defined{cell}"}
    arguments, keywords = wire.decode(request["arguments"]), request["keywords"]
    keywords = {key: wire.decode(value) for key, value in keywords.items()}
    before = [np.array(a) for a in arguments if isinstance(a, np.ndarray)]
    try:
        value = wire.encode(run_for(seconds, function, *arguments, **keywords))
    except BaseException as error:
        return {"error": f"{name}: {in_words(error, seconds)}", "slow": isinstance(error, TooSlow)}
    after = [a for a in arguments if isinstance(a, np.ndarray)]
    changed = any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after, strict=True))
    return {"value": value, "changed": changed}


def main():
    signal.signal(signal.SIGALRM, too_slow)
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)

    def reply(message):
        replies.write(wire.write_line(message))
        replies.flush()

    reply({"ready": True})  # from here on, what goes wrong is the student's
    start = wire.read_line(requests.readline())
    namespace, failures = execute(start["cells"], start["seconds"])
    reply({"id": start["id"]})
    for line in requests:
        request = wire.read_line(line)
        reply(answer(namespace, failures, request) | {"id": request["id"]})


if __name__ == "__main__":
    main()
