"""The grade book: one SQLite file to which results are only ever added.

A submission is known by its student and by what is in its file. A rerun grades what has no result yet; a file
that has changed gets a new result beside the old one, and nothing is forgotten.
"""

import hashlib
import json
import os
import sqlite3
import stat
from dataclasses import asdict
from datetime import UTC, datetime

from grader.grading import Mark, Result
from grader.submission import MAX_FILE

SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
    number INTEGER PRIMARY KEY,
    assignment TEXT NOT NULL,
    questions TEXT NOT NULL,  -- a fingerprint of the hidden tests
    student TEXT NOT NULL,
    content TEXT NOT NULL,  -- a fingerprint of the submitted file
    seed INTEGER NOT NULL,
    graded_at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    marks TEXT NOT NULL,  -- JSON
    slow INTEGER NOT NULL
)
"""


class Records:
    """The results of all runs, in one file.

    Args:
        path: of the SQLite file; it is made if it is not there.
        assignment: the name of the assignment.
        questions: a fingerprint of its hidden tests: with other tests, everything is graded anew.
    """

    def __init__(self, path, assignment, questions):
        self._of = (assignment, questions)
        self._database = sqlite3.connect(path)
        self._database.execute(SCHEMA)

    def add(self, student, content, seed, result):
        """Add a result; when this returns, it is on the disk."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        marks = json.dumps([asdict(mark) for mark in result.marks])
        with self._database:
            self._database.execute(
                "INSERT INTO results (assignment, questions, student, content, seed, graded_at, outcome, "
                "reason, marks, slow) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*self._of, student, content, seed, now, result.outcome, result.reason, marks, result.slow),
            )

    def settled(self, student, content):
        """Whether this very file has a result that is not the grader's own trouble."""
        found = self._database.execute(
            "SELECT 1 FROM results WHERE assignment = ? AND questions = ? AND student = ? AND content = ? "
            "AND outcome != 'infrastructure'",
            (*self._of, student, content),
        )
        return found.fetchone() is not None

    def latest(self):
        """For each student the last result: a dictionary of (result, seed, when)."""
        return {row[0]: row[1:] for row in self._all()}

    def history(self):
        """Every result of the assignment, the oldest first: (student, result, seed, when)."""
        return list(self._all())

    def _all(self):
        rows = self._database.execute(
            "SELECT student, outcome, reason, marks, slow, seed, graded_at FROM results WHERE assignment = ? "
            "ORDER BY number",
            self._of[:1],
        )
        for student, outcome, reason, marks, slow, seed, when in rows:
            marks = [Mark(**mark) for mark in json.loads(marks)]
            yield student, Result(outcome, reason, marks, bool(slow)), seed, when

    def close(self):
        """Close the file."""
        self._database.close()


def fingerprint(path):
    """What is in a file, in 64 characters; for what cannot be graded anyway, what it is instead."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return f"no file: {error.strerror}"
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE:
        os.close(descriptor)
        return f"no notebook: {status.st_size} bytes of {status.st_mtime_ns}"
    with open(descriptor, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
