"""How long the book takes: built cold, built again after one chapter changed, and each chapter executed."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def timed(label, *command):
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    print(f"  {label:42} {time.perf_counter() - start:7.1f} s")


def build(target, *more):
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    return str(jupyter_book), "build", "--path-output", target, *more, "."


def main():
    print("\nThe book")
    with tempfile.TemporaryDirectory() as target:
        timed("built cold from the stored outputs", *build(target, "--all"))
        chapter = sorted(ROOT.glob("book/*.ipynb"))[0]
        chapter.touch()
        timed(f"built again after {chapter.name} changed", *build(target))
        for chapter in sorted(ROOT.glob("book/*.ipynb")):
            execute = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute"]
            timed(f"{chapter.name} executed", *execute, "--output-dir", target, str(chapter))
