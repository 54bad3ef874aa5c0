"""The page of all claims, against the boxes of the chapters that settle them."""

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[1] / "book"
PAGE = (BOOK / "claims.md").read_text(encoding="utf-8")
VERDICTS = {"True", "Half true", "False", "Both true", "None"}


def boxes():
    """For each numbered claim of a chapter (the chapter, its verdict)."""
    for text in sorted(BOOK.glob("text/*.md")):
        for box in re.split(r"(?m)^(?=\(claim-\d+\)=)", text.read_text(encoding="utf-8"))[1:]:
            match = re.match(r"\(claim-(\d+)\)=\n:::.*?^\*([^*]+)\*", box, re.DOTALL | re.MULTILINE)
            assert match, f"{text.stem}: a box without a verdict: {box[:80]}"
            yield int(match[1]), (text.stem, match[2])


def rows():
    """For each numbered claim of the page (the chapter of its section, its verdict)."""
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        chapter = re.match(r".*\n\nIn \{doc\}`(\w+)`", section)[1]
        for line in re.findall(r"^\| \{ref\}.*", section, re.MULTILINE):
            number, _, verdict, _ = (cell.strip() for cell in line[1:-1].split("|"))
            yield int(re.search(r"<claim-(\d+)>", number)[1]), (chapter, verdict)


def test_every_claim_is_settled_in_one_chapter():
    numbers = [number for number, _ in boxes()]
    assert sorted(numbers) == list(range(1, 36))


@pytest.mark.parametrize("number", range(1, 36))
def test_the_page_says_what_the_chapter_says(number):
    (chapter, verdict), (its_chapter, its_verdict) = dict(rows())[number], dict(boxes())[number]
    assert chapter == its_chapter
    assert verdict in VERDICTS
    assert its_verdict.startswith(verdict)


def test_the_page_has_each_claim_once_and_in_order():
    numbers = [number for number, _ in rows()]
    assert sorted(numbers) == list(range(1, 36))
    assert re.findall(r"`(\d+) <claim-(\d+)>`", PAGE) == [(str(n), str(n)) for n in numbers]
