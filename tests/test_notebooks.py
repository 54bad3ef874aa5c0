"""Chapters and notebooks: that they agree, and that every cell is shown and checked.

The cells themselves are run by nbval, which compares each output with the stored one.
"""

import nbformat
import notebooks
import pytest
import yaml

TEXTS = notebooks.texts()
STORED = sorted(notebooks.BOOK.glob("*.ipynb"))
chapters = pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)


def read(path):
    return nbformat.read(path, as_version=4)


@chapters
def test_notebook_is_made_from_its_text(text):
    assert notebooks.agrees(text), f"run: make notebooks CHAPTER={text.stem}"


@chapters
def test_notebook_is_canonical(text):
    notebook = read(notebooks.notebook_path(text))
    assert notebook.metadata == notebooks.METADATA
    assert [cell.id for cell in notebook.cells] == [f"cell-{n}" for n in range(1, len(notebook.cells) + 1)]
    written = notebooks.notebook_path(text).read_text(encoding="utf-8")
    assert written == nbformat.writes(notebook) + "\n"


@chapters
def test_cells_ran_once_in_order_without_a_complaint(text):
    code = [cell for cell in read(notebooks.notebook_path(text)).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", f"{cell.source}\nwrote: {output.text}"


@chapters
def test_no_cell_hides(text):
    """Every output is compared, every cell is shown; only the code of a drawing may be folded."""
    for cell in read(notebooks.notebook_path(text)).cells:
        tags = set(cell.metadata.get("tags", []))
        assert tags <= {"hide-input"}, f"tags {tags} on:\n{cell.source}"
        assert "nbval" not in cell.source.lower(), cell.source
        assert not cell.source.startswith("%%capture"), cell.source
        if "hide-input" in tags:
            shown = [sorted(output.get("data", {})) for output in cell.outputs]
            assert shown == [["image/svg+xml", "text/plain"]], f"folded, and not one drawing:\n{cell.source}"


def test_every_notebook_has_a_text():
    assert [path.stem for path in STORED] == [text.stem for text in TEXTS]


def test_every_chapter_is_in_the_table_of_contents():
    toc = yaml.safe_load((notebooks.BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))
    listed = {entry["file"] for part in toc["parts"] for entry in part["chapters"]} | {toc["root"]}
    pages = {path.stem for path in TEXTS} | {path.stem for path in notebooks.BOOK.glob("*.md")}
    assert listed == {f"book/{name}" for name in pages}


def test_conversion_and_execution_are_repeatable(tmp_path, monkeypatch):
    (tmp_path / "text").mkdir()
    text = tmp_path / "text" / "small.md"
    text.write_text("# Title\n\nWords.\n\n```{code-cell} ipython3\nprint(1 + 1)\n```\n", encoding="utf-8")
    monkeypatch.setattr(notebooks, "BOOK", tmp_path)

    assert not notebooks.agrees(text)
    notebooks.execute(text)
    first = (tmp_path / "small.ipynb").read_bytes()
    assert notebooks.agrees(text)
    assert read(tmp_path / "small.ipynb").cells[1].outputs[0].text == "2\n"

    notebooks.execute(text)
    assert (tmp_path / "small.ipynb").read_bytes() == first

    text.write_text(text.read_text(encoding="utf-8").replace("1 + 1", "1 + 2"), encoding="utf-8")
    assert not notebooks.agrees(text)


def test_an_error_in_a_cell_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "text").mkdir()
    text = tmp_path / "text" / "broken.md"
    text.write_text("```{code-cell} ipython3\n1 / 0\n```\n", encoding="utf-8")
    monkeypatch.setattr(notebooks, "BOOK", tmp_path)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        notebooks.execute(text)
    assert not (tmp_path / "broken.ipynb").exists()


@chapters
def test_a_drawing_is_not_made_of_more_points_than_can_be_seen(text):
    """A curve of many thousands of points looks no different, and makes a page slow to load."""
    for cell in read(notebooks.notebook_path(text)).cells:
        for output in cell.get("outputs", []):
            assert len(output.get("data", {}).get("image/svg+xml", "")) < 400_000, cell.source
