"""What importing the package loads, and what it leaves alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lessons_pkg

PACKAGE = Path(lessons_pkg.__file__).parent
HEAVY = {"torch", "matplotlib", "sklearn", "tqdm", "IPython", "sympy", "scipy"}
IN_THE_BROWSER = [PACKAGE / "ops.py", PACKAGE / "problems.py", *sorted(PACKAGE.glob("rules/[!_]*.py"))]


def test_importing_the_package_loads_numpy_alone():
    code = "import sys, lessons_pkg, lessons_pkg.rules, lessons_pkg.schedules; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = {name.partition(".")[0] for name in printed.split()}
    assert "numpy" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize("file", IN_THE_BROWSER, ids=lambda path: path.stem)
def test_rules_and_surfaces_need_nothing_that_a_browsers_python_lacks(file):
    """MicroPython lacks NumPy, dataclasses, typing, inspect, `match` and positional-only arguments."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= {"math", "sys"}
        elif isinstance(node, ast.ImportFrom):
            assert node.module in ("math", "lessons_pkg.ops")
        assert not isinstance(node, ast.Match)
        assert not (isinstance(node, ast.arguments) and node.posonlyargs)
