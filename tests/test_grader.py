"""The grader: honest submissions keep their marks, hostile ones gain none."""

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import missing

from grader import wire
from grader.__main__ import find_submissions, main
from grader.box import why_no_box
from grader.grading import grade, load_questions
from grader.questions import Wrong, close
from grader.reports import _harmless

QUESTIONS = '''
from grader.questions import close, question

@question(points=3, seconds=1)
def step(student, rng):
    """One step of momentum"""
    for _ in range(3):
        p, g, b = rng.normal(size=(3, 5))
        new_p, new_b = student("momentum_step", p, g, b, lr=0.1, returns=(p, b))
        close(new_b, 0.9 * b + g, "the buffer")
        close(new_p, p - 0.1 * (0.9 * b + g), "the parameter")

@question(points=2, seconds=1)
def rate(student, rng):
    """A warmup"""
    for k in rng.integers(20, size=5):
        close(student("warmup", int(k), returns=1.0), min(1.0, (k + 1) / 10), f"the rate of step {k}")
'''
STEP = """import numpy as np
def momentum_step(p, g, b, lr):
    b = 0.9 * b + g
    return p - lr * b, b"""
RATE = "def warmup(k):\n    return min(1.0, (k + 1) / 10)"


@pytest.fixture(scope="module")
def box():
    if sys.platform != "linux":
        pytest.skip("the grader's box needs Linux")
    if reason := why_no_box():
        missing(f"no sandbox: {reason}")


@pytest.fixture
def assignment(tmp_path):
    folder = tmp_path / "assignment"
    folder.mkdir()
    (folder / "questions.py").write_text(QUESTIONS, encoding="utf-8")
    return folder


def notebook(*cells, **more):
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells} | more)


def marks(result):
    return {mark.question: mark.points for mark in result.marks}


def reasons(result):
    return " ".join(mark.reason for mark in result.marks)


# (what it is, the cells, the points for the two questions, words that the student reads)
HONEST = [
    ("right", (STEP, RATE), (3, 2), ""),
    ("one cell", (STEP + "\n" + RATE,), (3, 2), ""),
    ("the source as a list of lines", (STEP.splitlines(keepends=True), RATE), (3, 2), ""),
    ("a cell before that fails", ("1 / 0", STEP, RATE), (3, 2), ""),
    ("lines for Jupyter", ("%matplotlib inline\n" + STEP, "!pip list\n" + RATE), (3, 2), ""),
    ("a warning", (STEP, "import warnings\nwarnings.warn('careful')\n" + RATE), (3, 2), ""),
    ("prints much", (STEP, RATE + "\nprint('x' * 10**7)"), (3, 2), ""),
    (
        "returns a NumPy number",
        (STEP, "def warmup(k):\n    return np.float64(min(1, (k + 1) / 10))"),
        (3, 2),
        "",
    ),
    ("returns a list", (STEP.replace("return p - lr * b, b", "return [p - lr * b, b]"), RATE), (3, 2), ""),
    ("nothing", (), (0, 0), "momentum_step is not defined"),
    ("half", (STEP,), (3, 0), "warmup is not defined"),
    ("wrong sign", (STEP.replace("p - lr", "p + lr"), RATE), (0, 2), "the parameter is off by up to"),
    ("off by one", (STEP, RATE.replace("k + 1", "k")), (3, 0), "the rate of step"),
    ("nan", (STEP, "def warmup(k):\n    return float('nan')"), (3, 0), "must be finite"),
    ("None", (STEP, "def warmup(k):\n    pass"), (3, 0), "must be a number, it is None"),
    (
        "wrong shape",
        (STEP.replace("- lr * b, b", "- lr * b, b[:1]"), RATE),
        (0, 2),
        "must have the shape (5,)",
    ),
    ("wrong dtype", (STEP + ".astype('f4')", RATE), (0, 2), "must be of float64"),
    (
        "changes its argument",
        (STEP.replace("b = 0.9 * b + g", "b *= 0.9; b += g"), RATE),
        (0, 2),
        "changes an array",
    ),
    ("an error", (STEP, "def warmup(k):\n    return 1 / 0"), (3, 0), "ZeroDivisionError"),
    ("a syntax error", (STEP, "def warmup(k) return k"), (3, 0), "your code cell 2 stopped: SyntaxError"),
    ("too slow", (STEP, "import time\ndef warmup(k):\n    time.sleep(9)"), (3, 0), "longer than 1 s"),
    ("imports torch", (STEP, "import torch\n" + RATE), (3, 0), "No module named 'torch'"),
    ("imports the book's package", ("from lessons_pkg import rules", STEP, RATE), (3, 2), ""),
]

ANY = """class Any:
    def __eq__(self, other): return True
    def __array__(self, *_, **__): return np.zeros(5)
    def __float__(self): return 1.0
    def __abs__(self): return 0.0
    __sub__ = __rsub__ = __le__ = __lt__ = lambda *_: True
"""
DEAF = """import signal
def warmup(k):
    signal.setitimer(signal.ITIMER_REAL, 0)
    while True: pass"""
OWN_REPLY = (
    RATE
    + """
import os
for fd in range(3, 20):
    try: os.write(fd, b'{"id": 2, "value": 1.0}\\n')
    except OSError: pass"""
)
HALF_A_LINE = """import os
def warmup(k):
    for fd in range(3, 20):
        try: os.write(fd, b'{"id"')
        except OSError: pass
    while True: pass"""
FLOOD = """import os
def warmup(k):
    for fd in range(3, 20):
        try:
            while True: os.write(fd, b"x" * 2**16)
        except OSError: pass"""
COMPANY = """import os
def warmup(k):
    return float(sum(name.isdigit() for name in os.listdir("/proc")) < 6) - 7"""
HOSTILE = [
    ("leaves", (STEP, "import os\nos._exit(0)"), (0, 0), "ended the Python process"),
    ("raises SystemExit", (STEP, RATE, "raise SystemExit"), (3, 2), ""),
    (
        "leaves during a call",
        (STEP, "import os\ndef warmup(k):\n    os._exit(0)"),
        (3, 0),
        "ended the Python process",
    ),
    ("loops for ever", (STEP, "while True: pass", RATE), (3, 2), ""),
    (
        "loops and ignores signals",
        (
            STEP,
            DEAF,
        ),
        (3, 0),
        "too long",
    ),
    ("takes all memory", (STEP, "def warmup(k):\n    return len('x' * 2**33)"), (3, 0), "MemoryError"),
    (
        "forks",
        (STEP, "import os, time\nfor _ in range(200):\n    if os.fork() == 0: time.sleep(99)", RATE),
        (3, 2),
        "",
    ),
    ("fills the disk", (STEP, "open('/tmp/x', 'wb').write(bytes(2**25))", RATE), (3, 2), ""),
    ("kills everything", (STEP, RATE, "import os, signal\nos.kill(-1, signal.SIGKILL)"), (3, 2), ""),
    ("kills its parent", (STEP, RATE, "import os\nos.kill(os.getppid(), 9)"), None, ""),
    (
        "patches NumPy",
        (STEP, "np.allclose = np.isfinite = np.all = lambda *_, **__: True\nwarmup = lambda k: 9.0"),
        (3, 0),
        "",
    ),
    ("an object that equals all", (STEP, ANY + "warmup = lambda k: Any()"), (3, 0), "neither a number nor"),
    (
        "an array of objects",
        (STEP, ANY + "warmup = lambda k: np.array(Any(), dtype=object)"),
        (3, 0),
        "of object",
    ),
    (
        "a subclass of array",
        (
            "import numpy as np\n" + ANY + "class A(np.ndarray):\n    __sub__ = lambda *_: 0\n"
            "def momentum_step(p, g, b, lr):\n    return p.view(A), b.view(A)",
            RATE,
        ),
        (0, 2),
        "off by",
    ),
    (
        "a float of its own",
        (STEP, "class F(float):\n    __rsub__ = __sub__ = lambda *_: 0.0\nwarmup = lambda k: F(9)"),
        (3, 0),
        "",
    ),
    (
        "a deep list",
        (STEP, "x = []\nfor _ in range(99999): x = [x]\nwarmup = lambda k: x"),
        (3, 0),
        "nested too deeply",
    ),
    ("a long list", (STEP, "warmup = lambda k: [0] * 10**6"), (3, 0), "too long"),
    ("a large array", (STEP, "warmup = lambda k: np.zeros(10**7)"), (3, 0), "too long"),
    (
        "an error in half a letter",
        (STEP, "def warmup(k):\n    raise ValueError(chr(0xD800))"),
        (3, 0),
        "ValueError: ?",
    ),
    ("text", (STEP, "warmup = lambda k: '1.0'"), (3, 0), "it is text"),
    (
        "writes its own reply",
        (
            STEP,
            OWN_REPLY,
        ),
        None,
        "",
    ),
    (
        "half a line, then silence",
        (
            STEP,
            HALF_A_LINE,
        ),
        (3, 0),
        "",
    ),
    (
        "floods the reply",
        (
            STEP,
            FLOOD,
        ),
        (3, 0),
        "",
    ),
    ("closes every file", (STEP, RATE, "import os\nos.closerange(0, 64)"), (0, 0), ""),
    (
        "replaces the encoder",
        (STEP, "import wire\nwire.encode = lambda value, depth=0: {'npy': 'AAAA'}\n" + RATE),
        (0, 0),
        "not an array",
    ),
    ("an import hook", (STEP, "import sys\nsys.meta_path.clear(); sys.modules.clear()", RATE), None, ""),
    (
        "a thread that stays",
        (STEP, "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()", RATE),
        (3, 2),
        "",
    ),
    (
        "no network",
        (STEP, "import socket\ndef warmup(k):\n    socket.create_connection(('192.0.2.1', 80), 1)"),
        (3, 0),
        "OSError",
    ),
    (
        "looks for the tests",
        (STEP, f"def warmup(k):\n    return open({str(Path(__file__))!r}).read()"),
        (3, 0),
        "No such file",
    ),
    (
        "reads the environment",
        (STEP, "import os\ndef warmup(k):\n    return [*os.environ.values()]"),
        (3, 0),
        "must be a number",
    ),
    ("writes into the box", (STEP, "def warmup(k):\n    open('/box/wire.py', 'w')"), (3, 0), "OSError"),
    (
        "looks for company",
        (
            STEP,
            COMPANY,
        ),
        (3, 0),
        "off by",
    ),
]


@pytest.mark.parametrize(
    ("what", "cells", "points", "words"), HONEST + HOSTILE, ids=lambda x: x if isinstance(x, str) else ""
)
def test_marks(box, assignment, tmp_path, what, cells, points, words):
    path = tmp_path / "submission.ipynb"
    path.write_text(notebook(*cells), encoding="utf-8")
    result = grade(load_questions(assignment), path, seed=0)
    assert result.outcome == "graded"
    if points is not None:  # for the others any mark will do that the student's own functions earn
        assert tuple(marks(result).values()) == points, reasons(result)
    assert words in reasons(result)


# (what it is, the bytes of the file, words that the student reads)
UNREADABLE = [
    ("empty", b"", "is empty"),
    ("spaces", b" \n", "is empty"),
    ("binary", bytes(range(256)), "not text"),
    ("not JSON", b"print(1)", "not JSON"),
    ("half a notebook", notebook(STEP).encode()[:60], "not JSON"),
    ("deep JSON", b"[" * 100_000, "not JSON"),
    ("a list", b"[]", "no version"),
    ("format 3", b'{"nbformat": 3, "worksheets": []}', "has format 3, not 4: open it in Jupyter"),
    ("format 99", b'{"nbformat": 99, "cells": []}', "has format 99"),
    ("no cells", b'{"nbformat": 4}', "no list of cells"),
    ("20,000 cells", notebook(*["1"] * 20_000).encode(), "20000 cells"),
    ("a source that is no text", notebook(5).encode(), "not text"),
    ("much source", notebook("#" * 2**21).encode(), "more than 1,048,576 characters"),
    ("a large file", b"{" + b" " * 2**23, "MiB, the limit is 4 MiB: clear the outputs"),
]


@pytest.mark.parametrize(
    ("what", "content", "words"), UNREADABLE, ids=lambda x: x if isinstance(x, str) else ""
)
def test_what_cannot_be_read_is_told_in_words(tmp_path, what, content, words):
    path = tmp_path / "submission.ipynb"
    path.write_bytes(content)
    result = grade([], path, seed=0)
    assert result.outcome == "unreadable"
    assert words in result.reason


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
@pytest.mark.parametrize("make", ["symlink", "fifo", "directory", "missing", "sparse"])
def test_what_is_no_file_of_its_own_is_refused(tmp_path, make):
    path, other = tmp_path / "submission.ipynb", tmp_path / "other.ipynb"
    other.write_text(notebook(STEP, RATE), encoding="utf-8")
    if make == "symlink":
        path.symlink_to(other)
    elif make == "fifo":
        os.mkfifo(path)
    elif make == "directory":
        path.mkdir()
    elif make == "sparse":
        with open(path, "wb") as file:
            file.truncate(2**40)
    assert grade([], path, seed=0).outcome == "unreadable"


def test_the_folder_of_submissions(tmp_path):
    (tmp_path / "anna.ipynb").write_text("")
    (tmp_path / "hw1 (1).ipynb").write_text("")
    (tmp_path / "notes.txt").write_text("")
    for folder, files in {
        "bert": ["a.ipynb"],
        "carl": [],
        "dora": ["a.ipynb", "b.ipynb"],
        "eve": ["momentum.ipynb", "x.ipynb"],
    }.items():
        (tmp_path / folder).mkdir()
        for file in files:
            (tmp_path / folder / file).write_text("")
    found = {s.student: (s.path.name, bool(s.trouble)) for s in find_submissions(tmp_path, "momentum")}
    assert found == {
        "anna": ("anna.ipynb", False),
        "hw1 (1)": ("hw1 (1).ipynb", False),
        "bert": ("a.ipynb", False),
        "carl": ("carl", True),
        "dora": ("dora", True),
        "eve": ("momentum.ipynb", False),
    }


def read_table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_from_a_folder_to_a_table_and_on_from_there(box, assignment, tmp_path):
    submissions, out = tmp_path / "submissions", tmp_path / "out"
    submissions.mkdir()
    (submissions / "anna.ipynb").write_text(notebook(STEP, RATE), encoding="utf-8")
    (submissions / "=1+1.ipynb").write_text(notebook(STEP), encoding="utf-8")
    (submissions / "<b>carl<.ipynb").write_text("{", encoding="utf-8")
    command = [str(assignment), str(submissions), "--out", str(out), "--workers", "2"]
    assert main(command) == 0

    table = read_table(out / "results.csv")
    assert {student: (row["outcome"], row["score"]) for student, row in table.items()} == {
        "anna": ("graded", "5"),
        "'=1+1": ("graded", "3"),
        "<b>carl<": ("unreadable", "0"),
    }
    page = (out / table["<b>carl<"]["feedback"]).read_text(encoding="utf-8")
    assert "&lt;b&gt;carl&lt;" in page
    assert "<b>carl" not in page

    (submissions / "=1+1.ipynb").write_text(notebook(STEP, RATE), encoding="utf-8")
    assert main(command) == 0  # what has not changed is not graded again, what was is not forgotten
    assert read_table(out / "results.csv")["'=1+1"]["score"] == "5"
    with open(out / "history.csv", encoding="utf-8", newline="") as file:
        history = [(row["student_id"], row["score"]) for row in csv.DictReader(file)]
    assert sorted(history) == [("'=1+1", "3"), ("'=1+1", "5"), ("<b>carl<", "0"), ("anna", "5")]


@pytest.mark.parametrize(
    "value", [1, 1.5, True, None, "text", np.arange(6.0).reshape(2, 3), np.float32(2), (1, (2.0, np.ones(2)))]
)
def test_a_value_comes_back_from_the_wire(value):
    back = wire.decode(wire.read_line(wire.write_line({"value": wire.encode(value)}))["value"])
    np.testing.assert_equal(back, value)


@pytest.mark.parametrize(
    "message",
    [
        {"npy": "AAAA"},
        {"npy": "not base64"},
        {"npy": wire.encode(np.ones(3))["npy"][:-8]},
        {"npy": wire.encode(np.ones(3))["npy"], "more": 1},
        {"other": 1},
        [[[[[[[[1]]]]]]]],
    ],
)
def test_what_is_no_value_is_garbled(message):
    with pytest.raises(wire.Garbled):
        wire.decode(message)


def test_a_header_that_lies_takes_no_memory():
    import base64

    data = base64.b64decode(wire.encode(np.ones(3))["npy"]).replace(b"(3,)", b"(9999999999999999,)"[:19])
    with pytest.raises(wire.Garbled):
        wire.decode({"npy": base64.b64encode(data).decode()})


@pytest.mark.parametrize(
    ("cell", "harmless"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("+a", "'+a"), ("-1.5", "-1.5"), ("a\nb", "a b"), ("Zoë", "Zoë")],
)
def test_no_cell_of_a_table_is_a_formula(cell, harmless):
    assert _harmless(cell) == harmless


def test_close_takes_nan_for_wrong():
    with pytest.raises(Wrong, match="off by"):
        close(np.nan, 1.0, "x")
