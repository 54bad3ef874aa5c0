"""Reading a submitted notebook: the sources of its code cells, and nothing else of it.

Metadata and outputs are not looked at, so a tag, a changed number of points or a made-up output means
nothing.
"""

import json
import os
import stat

MAX_FILE = 4 * 2**20  # bytes
MAX_SOURCE = 2**20  # characters, of all code cells together
MAX_CELLS = 500


class Unreadable(Exception):
    """There is no notebook to grade; the words are for the student."""


def read_notebook(path):
    """The code cells of a notebook: a list of (number, source), numbered from 1 as they stand.

    Raises:
        Unreadable: if the file is no notebook, or too large to be one.
    """
    try:
        # A link could lead to another's work; a pipe would make the grader wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(f"the file cannot be opened as a file of its own ({error.strerror})") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise Unreadable("it is not a regular file")
    with open(descriptor, "rb") as file:
        if status.st_size > MAX_FILE:
            size = status.st_size / 2**20
            raise Unreadable(
                f"the file has {size:.1f} MiB, the limit is {MAX_FILE // 2**20} MiB: "
                "clear the outputs and save again"
            )
        data = file.read(MAX_FILE + 1)
    if not data.strip():
        raise Unreadable("the file is empty")
    return _code_cells(_parse(data))


def _parse(data):
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable("the file is not a notebook: it is not text") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable("the file is not a notebook: it is not JSON") from error
    if type(notebook) is not dict or "nbformat" not in notebook:
        raise Unreadable("the file is not a notebook: it has no version of the format")
    if notebook["nbformat"] != 4:
        found = str(notebook["nbformat"])[:20]
        raise Unreadable(f"the notebook has format {found}, not 4: open it in Jupyter and save it again")
    return notebook


def _code_cells(notebook):
    cells = notebook.get("cells")
    if type(cells) is not list:
        raise Unreadable("the notebook has no list of cells")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"the notebook has {len(cells)} cells, the limit is {MAX_CELLS}")
    sources = []
    for cell in cells:
        if type(cell) is dict and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            if type(source) is list and all(type(line) is str for line in source):
                source = "".join(source)
            if type(source) is not str:
                raise Unreadable("the source of a code cell is not text")
            sources.append(source)
    if sum(map(len, sources)) > MAX_SOURCE:
        raise Unreadable(f"the code has more than {MAX_SOURCE:,} characters")
    return list(enumerate(sources, start=1))
