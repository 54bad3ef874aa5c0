"""Shows in a chapter the source of what the chapter runs."""

import inspect
from textwrap import dedent

from IPython.display import Markdown


def source(function):
    """Display the source of a function as it stands in the package, with its syntax highlighted."""
    return Markdown(f"```python\n{dedent(inspect.getsource(function)).rstrip()}\n```")
