"""Grading one submission: from a file to a mark for each question."""

import runpy
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from grader.box import Box, Fault, Infrastructure
from grader.questions import Question, Student, Wrong
from grader.submission import Unreadable, read_notebook

SECONDS = 60.0  # for all questions of one submission


@dataclass(frozen=True)
class Mark:
    """What a question came to: the points earned, and why they are not all of them."""

    question: str
    points: float
    reason: str = ""


@dataclass(frozen=True)
class Result:
    """What grading a submission came to.

    Attributes:
        outcome: ``"graded"``, ``"unreadable"`` (the submission's fault) or ``"infrastructure"`` (the
            grader's).
        reason: for the last two, why, in words.
        marks: for the first, a :class:`Mark` for each question.
        slow: whether time was a reason for a lost mark: then it is graded once more, alone, before it counts.
    """

    outcome: str
    reason: str = ""
    marks: list = field(default_factory=list)
    slow: bool = False


def load_questions(assignment):
    """The questions of an assignment, in the order of its file ``questions.py``."""
    namespace = runpy.run_path(str(Path(assignment) / "questions.py"))
    return [value for value in namespace.values() if isinstance(value, Question)]


def grade(questions, path, seed):
    """Grade the notebook at a path.

    Args:
        questions: from :func:`load_questions`.
        path: the notebook, which may be anything.
        seed: with the same seed the questions draw the same inputs.
    """
    try:
        return _graded(questions, read_notebook(path), seed)
    except Unreadable as error:
        return Result("unreadable", str(error))
    except Infrastructure as error:
        return Result("infrastructure", str(error))


def _graded(questions, cells, seed):
    box, marks, slow, end = None, [], False, time.monotonic() + SECONDS
    try:
        for number, question in enumerate(questions):
            points, reason = 0, ""
            try:
                if time.monotonic() > end:
                    raise Fault(f"not asked any more: the questions before took {SECONDS:g} s", slow=True)
                if box is None or box.ended:
                    box = Box(cells)
                question.decide(Student(box, question.seconds), np.random.default_rng([seed, number]))
                points = question.points
            except Wrong as error:
                reason = str(error)
            except Fault as error:
                reason, slow = str(error), slow or error.slow
            marks.append(Mark(question.name, points, reason))
            if box is None:  # the cells themselves cannot be run: no question can be asked
                return Result("graded", marks=[Mark(q.name, 0, reason) for q in questions], slow=slow)
    finally:
        if box is not None:
            box.close()
    return Result("graded", marks=marks, slow=slow)
