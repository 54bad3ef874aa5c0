"""Turn the chapters' text into notebooks with outputs.

Each chapter is written once, as MyST Markdown in ``book/text``. This script converts it, runs every cell in
a fresh kernel and stores the notebook in ``book``. The result is canonical: fixed cell ids, no times, nothing
of the machine. Running it twice gives the same bytes.

    python book/notebooks.py              every chapter whose text and notebook differ
    python book/notebooks.py momentum     this chapter in any case
    python book/notebooks.py --all        every chapter

A change in ``lessons_pkg`` does not show in a chapter's text. The test suite runs every notebook and compares
each output with the stored one, so it names the chapters to run again.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

BOOK = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}


def texts():
    """The chapters' text files, in alphabetical order."""
    return sorted((BOOK / "text").glob("*.md"))


def notebook_path(text):
    """Where the notebook of a text file is stored."""
    return BOOK / f"{text.stem}.ipynb"


def convert(text):
    """The notebook, without outputs, that a text file describes."""
    notebook = jupytext.read(text, fmt="md:myst")
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat_minor = 5
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
    return notebook


def without_outputs(notebook):
    """What a notebook says before it is run: kind, source and metadata of each cell."""
    return [(cell.cell_type, cell.source, cell.metadata) for cell in notebook.cells]


def agrees(text):
    """Whether the stored notebook is made from this text."""
    path = notebook_path(text)
    if not path.exists():
        return False
    return without_outputs(nbformat.read(path, as_version=4)) == without_outputs(convert(text))


def execute(text):
    """Run a chapter in a fresh kernel and store its notebook; an error in a cell is an error here."""
    notebook = convert(text)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": BOOK}},
        timeout=600,
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)  # the kernel adds its exact version
    nbformat.validate(notebook)
    notebook_path(text).write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    return text.stem


def main():
    parser = argparse.ArgumentParser(description="Turn book/text/*.md into book/*.ipynb with outputs.")
    parser.add_argument("chapters", nargs="*", help="names such as momentum; without any, those that changed")
    parser.add_argument("--all", action="store_true", help="run every chapter")
    arguments = parser.parse_args()

    if unknown := set(arguments.chapters) - {text.stem for text in texts()}:
        parser.error(f"no text for {', '.join(sorted(unknown))} in {BOOK / 'text'}")
    chosen = [
        text
        for text in texts()
        if arguments.all or text.stem in arguments.chapters or not (arguments.chapters or agrees(text))
    ]

    os.environ["OMP_NUM_THREADS"] = "1"  # the order of a sum must not depend on the number of cores
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for name in pool.map(execute, chosen):
            print(f"{name}: done")
    if not chosen:
        print("every notebook agrees with its text")


if __name__ == "__main__":
    main()
