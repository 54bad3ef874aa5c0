"""The box: a process without network, files or company, in which a student's cells run.

Bubblewrap builds it. Inside there are Python's standard library, NumPy, and an empty ``/tmp`` of 64 MiB that
disappears with the box. The hidden tests, other submissions, torch and ``lessons_pkg`` are not there to be
found. Where systemd runs, a control group bounds the memory and the processes of the whole box; elsewhere
each process is bounded alone, and the kernel is told to end the box first when memory is short.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

from grader import wire

HERE = Path(__file__).parent
MEMORY = 2 * 2**30  # bytes, of addresses for each process, and of the control group
PROCESSES = 32
FILE, TMP = 16 * 2**20, 64 * 2**20  # bytes: of one file, of /tmp
CPU = 60  # seconds for each process
START = 20.0  # seconds that an empty box may take to start, on a busy machine
GRACE = 2.0  # seconds of wall-clock time that a call may take beyond its own limit
FIRST_USER = 64000  # and 999 more: as whom a box runs where the grader is root


class Fault(Exception):
    """The submission is at fault; the words are for the student. ``slow`` if time was the reason."""

    def __init__(self, words, slow=False):
        super().__init__(words)
        self.slow = slow


class Infrastructure(Exception):
    """The grader's own trouble, never the student's."""


@cache
def why_no_box():
    """Why there can be no box on this machine, in words; an empty text if there can."""
    for program, package in [("bwrap", "bubblewrap"), ("prlimit", "util-linux"), ("choom", "util-linux")]:
        if shutil.which(program) is None:
            return f"{program} is missing (on Debian and Ubuntu: apt install {package})"
    try:
        Box([]).close()
    except Infrastructure as error:
        return str(error)
    return ""


@cache
def control_group():
    """The beginning of a command line that puts the rest into a control group, where systemd can."""
    scope = ["systemd-run", "--scope", "--quiet", *([] if os.geteuid() == 0 else ["--user"])]
    scope += ["-p", f"MemoryMax={MEMORY}", "-p", "MemorySwapMax=0", "-p", f"TasksMax={PROCESSES}", "--"]
    try:
        works = subprocess.run([*scope, "true"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        works = False
    return scope if works else []


@cache
def file_system():
    """The arguments that say what of the file system is in the box."""
    python, inside = Path(sys.base_prefix), Path("/python")
    arguments = ["--perms", "1777", "--size", str(TMP), "--tmpfs", "/tmp", "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            arguments += ["--symlink", f"usr/{name}", str(path)]
        elif path.exists():
            arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--ro-bind", str(python), str(inside)]
    # What is installed beside Python's own library would be an import away.
    homes = [
        (Path("/usr/lib"), Path("/usr/lib")),
        (Path("/usr/local/lib"),) * 2,
        (python / "lib", inside / "lib"),
    ]
    for home, seen in homes:
        for installed in [*home.glob("python3*/site-packages"), *home.glob("python3*/dist-packages")]:
            empty = str(seen / installed.relative_to(home))
            arguments += ["--size", "4096", "--tmpfs", empty, "--remount-ro", empty]
    arguments += ["--perms", "0755", "--dir", "/box"]
    numpy = Path(np.__file__).parent
    for path in (numpy, numpy.with_name("numpy.libs")):
        if path.exists():
            arguments += ["--ro-bind", str(path), f"/box/{path.name}"]
    for name in ("runner.py", "wire.py"):
        arguments += ["--ro-bind", str(HERE / name), f"/box/{name}"]
    arguments += [
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--perms",
        "1777",
        "--size",
        "1048576",
        "--tmpfs",
        "/dev/shm",
    ]
    return [*arguments, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]


def command():
    """The command line that starts the runner in a new box."""
    box = [
        "bwrap",
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    box += ["--die-with-parent", "--new-session", "--clearenv"]
    for name, value in [
        ("PATH", "/usr/bin:/bin"),
        ("HOME", "/tmp"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("LD_LIBRARY_PATH", "/python/lib"),
    ]:
        box += ["--setenv", name, value]
    limits = [
        "choom",
        "-n",
        "1000",
        "--",
        "prlimit",
        f"--as={MEMORY}",
        f"--cpu={CPU}",
        f"--nproc={PROCESSES}",
    ]
    limits += [f"--fsize={FILE}", "--nofile=64", "--core=0"]
    if os.geteuid() == 0:
        # Limits on processes do not hold for root, nor for a user of a namespace that is root outside of it.
        user = str(FIRST_USER + os.getpid() % 1000)  # boxes of other workers count as another user's
        drop = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--inh-caps=-all"]
        limits = [*drop, "--bounding-set=-all", *limits]
    else:
        box += ["--unshare-user", "--uid", str(FIRST_USER), "--gid", str(FIRST_USER), "--cap-drop", "ALL"]
    interpreter = Path("/python/bin", Path(sys.executable).resolve().name)
    python = [str(interpreter), "-I", "-S", "-B", "/box/runner.py"]
    return [*control_group(), *box, *file_system(), *limits, *python]


class Box:
    """A running box; a context manager that leaves nothing behind.

    Args:
        cells: (number, source) of each code cell of a submission.
        seconds: for each cell.

    Raises:
        Fault: if running the cells ended the process or took too long as a whole.
        Infrastructure: if no box could be started.
    """

    def __init__(self, cells, *, seconds=3.0):
        self._requests = 0
        self._received = b""
        try:
            self._process = subprocess.Popen(
                command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise Infrastructure(f"the box did not start: {error}") from error
        try:
            self._await_start()
            total = 2 * seconds + GRACE  # for all cells together
            self._ask({"cells": cells, "seconds": seconds}, total)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, function, arguments, keywords, seconds):
        """Call a function of the student's and return (its value, whether it has changed an argument).

        Raises:
            Fault: if there is no such function, or it fails, or what it returns is no value.
        """
        request = {
            "function": function,
            "arguments": wire.encode(arguments),
            "keywords": {name: wire.encode(value) for name, value in keywords.items()},
            "seconds": seconds,
        }
        reply = self._ask(request, seconds + GRACE)
        if "error" in reply:
            # Half a surrogate pair, which a string of JSON may hold, could not be written to any file.
            words = reply["error"][:500].encode("utf-8", "replace").decode("utf-8")
            raise Fault(words, slow=reply.get("slow") is True)
        try:
            return wire.decode(reply.get("value")), reply.get("changed") is True
        except wire.Garbled as error:
            raise Fault(f"{function}: {error}") from error

    def close(self):
        """End every process of the box."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            pipe.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # the rest of the box dies with its first process
        self._process.wait()

    @property
    def ended(self):
        return self._process.poll() is not None

    def _await_start(self):
        """Up to here no line of the student's has run: what goes wrong is the grader's trouble."""
        try:
            ready = wire.read_line(self._line(time.monotonic() + START)) == {"ready": True}
        except (Fault, wire.Garbled):
            ready = False
        if not ready:
            os.set_blocking(self._process.stderr.fileno(), False)
            words = (self._process.stderr.read() or b"").decode(errors="replace").strip()
            raise Infrastructure(f"the box did not start: {words[-300:] or 'no reason given'}")

    def _ask(self, request, seconds):
        """Send a request and return its reply. A box that does not reply in order is closed."""
        deadline = time.monotonic() + seconds
        self._requests += 1
        try:
            self._send(wire.write_line(request | {"id": self._requests}), deadline)
            reply = wire.read_line(self._line(deadline))
            if reply.get("id") != self._requests or type(reply.get("error", "")) is not str:
                raise Fault("the answer is not one to the question asked")
        except wire.Garbled as error:
            self.close()
            raise Fault(str(error)) from error
        except Fault:
            self.close()
            raise
        return reply

    def _send(self, data, deadline):
        descriptor = self._process.stdin.fileno()
        os.set_blocking(descriptor, False)
        while data:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Fault("it took too long", slow=True)
            if select.select([], [descriptor], [], left)[1]:
                try:
                    data = data[os.write(descriptor, data[: 2**16]) :]
                except BrokenPipeError:
                    raise Fault(self._how_it_ended()) from None

    def _line(self, deadline):
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._received:
            if len(self._received) > wire.MAX_LINE:
                raise Fault("the answer is too long")
            left = deadline - time.monotonic()
            if left <= 0:
                raise Fault("it took too long", slow=True)
            if select.select([descriptor], [], [], left)[0]:
                more = os.read(descriptor, 2**16)
                if not more:
                    raise Fault(self._how_it_ended())
                self._received += more
        line, self._received = self._received.split(b"\n", 1)
        return line

    def _how_it_ended(self):
        try:
            status = self._process.wait(2)
        except subprocess.TimeoutExpired:
            return "your code closed its connection to the grader"
        if status in (137, 152, -signal.SIGKILL, -signal.SIGXCPU):
            return "your code used more memory or time than is allowed, and was ended"
        return f"your code ended the Python process (status {status})"
