"""``grade ASSIGNMENT SUBMISSIONS/ --out RESULTS/``: grade a folder of notebooks.

A submission is a notebook in the folder, or the one notebook in a folder of its own; its student is named by
that notebook or folder. Results are kept in a SQLite file as they come, so a run can be broken off at any
time and goes on where it stopped.
"""

import argparse
import hashlib
import os
import secrets
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tqdm import tqdm

from grader.box import why_no_box
from grader.grading import Result, grade, load_questions
from grader.records import Records, fingerprint
from grader.reports import write_reports


@dataclass(frozen=True)
class Submission:
    """What one student has handed in: the path of a notebook, or the reason why there is none."""

    student: str
    path: Path
    trouble: str = ""


def find_submissions(folder, assignment):
    """The submissions in a folder, in the order of their students' names."""
    for path in sorted(Path(folder).iterdir()):
        student = os.fsencode(path.name.removesuffix(".ipynb")).decode("utf-8", "backslashreplace")
        if path.is_symlink() or not path.is_dir():
            if path.suffix == ".ipynb":
                yield Submission(student, path)
            continue
        notebooks = sorted(path.glob("[!.]*.ipynb"))
        notebooks = [n for n in notebooks if n.stem == assignment] or notebooks
        if len(notebooks) == 1:
            yield Submission(student, notebooks[0])
        else:
            found = f"{len(notebooks)} notebooks" if notebooks else "no notebook"
            yield Submission(
                student, path, f"there is {found} in the folder: hand in one, {assignment}.ipynb"
            )


def grade_one(assignment, submission, seed):
    """Grade a submission; runs in a worker."""
    if submission.trouble:
        return Result("unreadable", submission.trouble)
    return grade(_questions(assignment), submission.path, seed)


_questions = cache(load_questions)


def grade_all(assignment, submissions, executor, records):
    """Grade submissions in parallel, record each result as it comes, and retry alone what needs it."""
    again = []
    with tqdm(total=len(submissions), unit="submission", disable=None) as bar:
        futures = {}
        for submission in submissions:
            seed = secrets.randbits(62)
            futures[executor.submit(grade_one, assignment, submission, seed)] = (submission, seed)
        for future in as_completed(futures):
            submission, seed = futures.pop(future)
            try:
                result = future.result()
            except Exception as error:  # the worker is gone, whatever it was
                result = Result("infrastructure", f"{type(error).__name__}: {error}")
            if result.slow or result.outcome == "infrastructure":
                again.append((submission, seed))
            else:
                records.add(submission.student, fingerprint(submission.path), seed, result)
            bar.update()
    # A busy machine makes honest code slow. What was too slow counts only if it is so alone, too.
    for submission, seed in tqdm(again, unit="retry", disable=None if again else True):
        result = grade_one(assignment, submission, seed)
        records.add(submission.student, fingerprint(submission.path), seed, result)


@contextmanager
def workers(number):
    """An executor of this many processes, which leave it to us to hear Ctrl-C."""
    ignore = {"initializer": signal.signal, "initargs": (signal.SIGINT, signal.SIG_IGN)}
    with ProcessPoolExecutor(number, **ignore) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def main(arguments=None):
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="grade", description="Grade a folder of notebooks.")
    parser.add_argument("assignment", type=Path, help="the folder of the assignment, with its questions.py")
    parser.add_argument("submissions", type=Path, help="a folder of notebooks, or of folders with one each")
    parser.add_argument("--out", type=Path, required=True, help="the folder for results.csv and the feedback")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (one for each core)")
    options = parser.parse_args(arguments)
    if reason := why_no_box():
        print(f"There is no sandbox on this machine, so nothing is graded: {reason}.", file=sys.stderr)
        return 2
    questions, name = load_questions(options.assignment), options.assignment.resolve().name
    options.out.mkdir(parents=True, exist_ok=True)
    tests = hashlib.sha256((options.assignment / "questions.py").read_bytes()).hexdigest()
    records = Records(options.out / "results.sqlite", name, tests)
    try:
        found = find_submissions(options.submissions, name)
        new = [s for s in found if not records.settled(s.student, fingerprint(s.path))]
        with workers(options.workers) as executor:
            grade_all(options.assignment, new, executor, records)
    except KeyboardInterrupt:
        print("Broken off. What was graded is kept, and the same command goes on.", file=sys.stderr)
        return 130
    finally:
        write_reports(options.out, name, questions, records)
        records.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
