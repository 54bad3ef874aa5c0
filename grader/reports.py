"""What the instructor and the students read: a table of marks, and a page for each student.

Names come from whoever handed in. Here they are text and never a path, a formula of a spreadsheet, or HTML.
"""

import csv
import hashlib
from html import escape

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  body {{ font: 1.05rem/1.6 Georgia, serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }}
  body {{ color: #222; background: #fff }}
  table {{ border-collapse: collapse; width: 100% }}
  th, td {{ text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0 }}
  th, td {{ border-bottom: 1px solid #ccc }}
  td:nth-child(2) {{ white-space: nowrap }}
  @media (prefers-color-scheme: dark) {{
    body {{ color: #ddd; background: #16181d }}
    th, td {{ border-color: #444 }}
  }}
</style>
<h1>{title}</h1>
<p>{student}</p>
{body}
<p><small>Graded {when}, seed {seed}. With this seed the same questions can be asked again.</small></p>
</html>
"""


def write_reports(folder, assignment, questions, records):
    """Write ``results.csv``, ``history.csv`` and a page for each student into a folder."""
    pages = folder / "feedback"
    pages.mkdir(parents=True, exist_ok=True)
    latest = records.latest()
    with Table(folder / "results.csv") as write:
        names = [question.name for question in questions]
        write(["student_id", "assignment", "score", "max_score", "outcome", "reason", *names, "feedback"])
        for student, (result, seed, when) in sorted(latest.items()):
            page = pages / f"{hashlib.sha256(student.encode()).hexdigest()[:16]}.html"
            page.write_text(_page(assignment, questions, student, result, seed, when), encoding="utf-8")
            points = {mark.question: mark.points for mark in result.marks}
            score = sum(points.values()) if result.outcome != "infrastructure" else ""
            marks = [points.get(name, "") for name in names]
            most = sum(question.points for question in questions)
            row = [student, assignment, score, most, result.outcome, result.reason]
            write([*row, *marks, page.relative_to(folder).as_posix()])
    with Table(folder / "history.csv") as write:
        write(["student_id", "graded_at", "seed", "outcome", "score", "reason"])
        for student, result, seed, when in records.history():
            score = sum(mark.points for mark in result.marks)
            write([student, when, seed, result.outcome, score, result.reason])


class Table:
    """A CSV file that is there whole or not at all, with no cell that a spreadsheet would run."""

    def __init__(self, path):
        self._path, self._part = path, path.with_suffix(".part")

    def __enter__(self):
        self._file = open(self._part, "w", encoding="utf-8", newline="")
        writer = csv.writer(self._file, quoting=csv.QUOTE_ALL)
        return lambda row: writer.writerow([_harmless(cell) for cell in row])

    def __exit__(self, kind, *_):
        self._file.close()
        if kind is None:
            self._part.replace(self._path)


def _harmless(cell):
    text = str(cell).replace("\0", "")
    text = " ".join(text.split("\n")).replace("\r", " ")
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t") and not _is_number(text) else text


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _page(assignment, questions, student, result, seed, when):
    if result.outcome == "graded":
        marks = {mark.question: mark for mark in result.marks}
        rows = []
        for question in questions:
            mark = marks[question.name]
            reason = escape(mark.reason) or "right"
            rows.append(
                f"<tr><td>{escape(question.title)}</td><td>{mark.points:g} of {question.points:g}</td>"
                f"<td>{reason}</td></tr>"
            )
        total = sum(mark.points for mark in result.marks)
        most = sum(question.points for question in questions)
        body = (
            f"<p><strong>{total:g} of {most:g} points</strong> for what is graded automatically.</p>"
            f"<table><tr><th>Question</th><th>Points</th><th>Why</th></tr>{''.join(rows)}</table>"
        )
    elif result.outcome == "unreadable":
        body = f"<p><strong>The submission could not be read:</strong> {escape(result.reason)}.</p>"
    else:
        body = "<p><strong>Not graded yet.</strong> The grader had trouble of its own; nothing is lost.</p>"
    title = f"Feedback: {assignment}"
    return PAGE.format(title=escape(title), student=escape(student), body=body, when=when, seed=seed)
