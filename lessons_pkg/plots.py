"""The figures of the book: contours with paths, curves with spread, schedules, all in one style.

Every figure takes named lines. The name says how a line looks:

- the name of a rule, ``"adam"``: the colour, marker and dashes that this method has in the whole book;
- ``("adam", "lr = 0.1")``: the same, labelled so; a second line of one method has other dashes, and so on;
- any other text, ``"theory"``: grey, without a marker.

The functions draw into the current axes, as ``plt.plot`` does, or into ``ax``, and return nothing: a cell
needs no semicolon, and ``plt.title`` and its like work afterwards.

Importing this module sets the style for all figures made after it. In a notebook it also makes them SVG,
byte for byte the same at every run. Figures are drawn for white paper; colours were chosen to stand out from
it, and from black where the site's dark pages invert them, for colour-blind readers too.
"""

import sys
from typing import NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np


class Method(NamedTuple):
    """How a method looks: its name in a figure, and its colour, marker and dashes as Matplotlib has them."""

    label: str
    colour: str
    marker: str
    line: str | tuple


DASHES = SOLID, DASHED, DOTTED, DASHDOT = "-", (0, (5, 2)), (0, (1.2, 1.8)), (0, (6, 2, 1.2, 2))

METHODS = {
    "gradient_descent": Method("gradient descent", "#1f1f1f", "o", SOLID),
    "heavy_ball": Method("heavy ball", "#4161f4", "s", SOLID),
    "nesterov": Method("Nesterov", "#13586e", "D", DASHED),
    "sgd": Method("SGD", "#616d83", "p", DASHDOT),
    "adagrad": Method("AdaGrad", "#b17b3f", "^", SOLID),
    "rmsprop": Method("RMSProp", "#ff4000", "v", SOLID),
    "adadelta": Method("Adadelta", "#3f0051", "X", DASHED),
    "adam": Method("Adam", "#27946b", "*", SOLID),
    "adamw": Method("AdamW", "#534300", "P", DASHED),
    "nadam": Method("NAdam", "#3125e5", ">", DASHDOT),
    "radam": Method("RAdam", "#863f47", "<", DOTTED),
    "adamax": Method("Adamax", "#6c9394", "h", DOTTED),
}
GREY, INK = "#6b6b6b", "#262626"
OTHER = Method("", GREY, "", DOTTED)  # what is not a method
MAP, LEVEL = "#f2f5f9", "#aab6c6"  # the ground of a contour and its lines
ARROW = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "linewidth": 1.4}
RING = {"marker": "o", "color": "none", "markersize": 10, "markeredgecolor": INK, "markeredgewidth": 1.2}

STYLE = {
    "figure.figsize": (7.0, 3.6),  # inches: the width of the text column
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "DejaVu Sans",  # comes with Matplotlib, so it is the same everywhere
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e2e2e2",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.7,
    "axes.prop_cycle": mpl.cycler(color=[method.colour for method in METHODS.values()]),
    "svg.fonttype": "path",  # letters as outlines: no reader's font changes the figure
    "svg.hashsalt": "lessons_pkg",  # or else the ids in the file differ from run to run
}
SVG = {"metadata": {"Date": None, "Creator": None}, "bbox_inches": "tight"}


def use_style():
    """Set the book's style, and in a notebook SVG figures. Importing this module does it once."""
    mpl.rcParams.update(STYLE)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        from matplotlib_inline.config import InlineBackend

        inline = InlineBackend.instance(parent=shell)
        inline.shell = shell
        inline.print_figure_kwargs = SVG
        inline.figure_formats = {"svg"}


use_style()


def contour(surface, paths=None, *, view=None, ax=None):
    """Draw a surface of :mod:`lessons_pkg.problems` from above, and paths over it.

    The levels are spaced evenly in the logarithm of the height above the lowest point. A cross marks each
    minimum, a ring each start. A path is drawn inside the view alone: an arrow shows where it leaves.

    Args:
        surface: has ``value(x, y)``, ``minima`` and ``view``.
        paths: for each name (see the top of this module) an array of shape (steps + 1, 2), as
            :func:`lessons_pkg.trajectory` returns it.
        view: ((x from, x to), (y from, y to)), if not the surface's own.
        ax: the axes to draw into, if not the current ones.

    Raises:
        ValueError: if a path has another shape.
    """
    ax = ax or plt.gca()
    view = np.array(surface.view if view is None else view, float)
    x, y = np.linspace(*view[0], 151), np.linspace(*view[1], 101)
    height = surface.value(x[None, :], y[:, None])
    lowest = min([height.min(), *(surface.value(*point) for point in surface.minima)])
    levels = lowest + (height.max() - lowest) * np.geomspace(1e-3, 1, 12)
    ax.contour(x, y, height, levels=levels, colors=LEVEL, linewidths=0.7, linestyles="solid")
    ax.set_facecolor(MAP)
    for point in surface.minima:
        ax.plot(*point, "+", color=INK, markersize=9, markeredgewidth=1.4, zorder=3)
    paths = {name: _checked_path(name, path, 2) for name, path in (paths or {}).items()}
    _draw_paths(ax, paths, view)
    ax.set(xlim=view[0], ylim=view[1], xlabel="x", ylabel="y")
    ax.grid(False)
    if 0.25 <= np.ptp(view[1]) / np.ptp(view[0]) <= 4:
        ax.set_aspect("equal")  # so that a gradient is at right angles to its contour


def curve(surface, paths=None, *, view=None, ax=None):
    """Draw a curve of :mod:`lessons_pkg.problems`, and the points on it that paths visit.

    Args:
        surface: has ``value(x)`` and ``view``.
        paths: for each name an array of shape (steps + 1, 1).
        view: ((x from, x to),), if not the curve's own.
        ax: the axes to draw into, if not the current ones.

    Raises:
        ValueError: if a path has another shape.
    """
    ax = ax or plt.gca()
    ((left, right),) = surface.view if view is None else view
    x = np.linspace(left, right, 401)
    ax.plot(x, surface.value(x), color=GREY, linewidth=1.2)
    view = np.array([(left, right), ax.get_ylim()])
    paths = {name: _checked_path(name, path, 1) for name, path in (paths or {}).items()}
    with np.errstate(over="ignore", invalid="ignore"):  # the heights of a path that diverges
        paths = {name: np.hstack([path, surface.value(path)]) for name, path in paths.items()}
    _draw_paths(ax, paths, view, linewidth=0.8)
    ax.set(xlim=view[0], ylim=view[1], xlabel="x", ylabel="f(x)")


def loss_curves(losses, *, xlabel="step", ylabel="loss", ax=None):
    """Draw losses over the steps, on a logarithmic axis; of several runs, the median and the whole range.

    A run that has diverged, to NaN or infinity, counts as infinitely high. The figure reaches up to ten times
    the highest start: a triangle shows where a line leaves it.

    Args:
        losses: for each name an array of shape (steps,), or (seeds, steps) for several runs.
        xlabel, ylabel: what the axes show.
        ax: the axes to draw into, if not the current ones.

    Raises:
        ValueError: if an array has another shape.
    """
    ax = ax or plt.gca()
    losses = {name: _checked_runs(name, runs) for name, runs in losses.items()}
    steps = {name: np.arange(runs.shape[1]) for name, runs in losses.items()}
    ax.set_yscale("log")
    ends = _draw_bands(ax, steps, losses)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    _label_ends(ax, ends)


def rate_curves(rates, losses, *, ylabel="loss", ax=None):
    """Draw what each learning rate of a sweep has led to: the median and the range over the seeds.

    Both axes are logarithmic.

    Args:
        rates: the learning rates, the lowest first; or, where methods have different ones, for each name its
            own.
        losses: for each name an array of shape (rates, seeds), as :func:`lessons_pkg.training.sweep` returns
            it. The figure reaches up to ten times the highest loss at a lowest rate: a triangle shows where a
            line leaves it. NaN counts as infinitely high.
        ylabel: what the losses are.
        ax: the axes to draw into, if not the current ones.

    Raises:
        ValueError: if the losses of a name are not as many as its rates.
    """
    ax = ax or plt.gca()
    losses = {name: _checked_runs(name, np.transpose(values)) for name, values in losses.items()}
    rates = {name: np.array(rates[name] if isinstance(rates, dict) else rates, float) for name in losses}
    for name, runs in losses.items():
        if runs.shape[1] != len(rates[name]):
            raise ValueError(
                f"losses of {name!r} must have {len(rates[name])} rows, one a rate, got {runs.shape[1]}"
            )
    ax.set(xscale="log", yscale="log")
    _draw_bands(ax, rates, losses)
    ax.set(xlabel="learning rate", ylabel=ylabel)
    _legend(ax)


def schedule_curves(schedules, steps, *, ylabel="learning rate", ax=None):
    """Draw schedules: the learning rate at each step.

    Args:
        schedules: for each label a function of the step, counted from 0.
        steps: how many steps to show.
        ylabel: what the schedule sets.
        ax: the axes to draw into, if not the current ones.
    """
    ax = ax or plt.gca()
    colours = [
        METHODS[name].colour for name in ("heavy_ball", "rmsprop", "gradient_descent", "adam", "radam")
    ]
    ends = []
    for i, (label, schedule) in enumerate(schedules.items()):
        rates = [schedule(step) for step in range(steps)]
        colour = colours[i % len(colours)]
        ax.plot(rates, color=colour, linestyle=DASHES[i % len(DASHES)])
        ends.append((label, colour, steps - 1, rates[-1]))
    ax.set(xlabel="step", ylabel=ylabel, xlim=(0, steps - 1))
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    _label_ends(ax, ends)


def looks(names):
    """How the lines of one figure look.

    Args:
        names: the name of each line, as the top of this module has it.

    Returns:
        For each name its label and the keyword arguments for ``plt.plot``.
    """
    result, drawn = {}, []
    for key in names:
        name, label = key if isinstance(key, tuple) else (key, None)
        method = METHODS.get(name, OTHER)
        again = drawn.count(method)
        drawn.append(method)
        dashes = [method.line, *(line for line in DASHES if line != method.line)]
        result[key] = (
            label or method.label or name,
            {
                "color": method.colour,
                "linestyle": dashes[again % len(dashes)],
                "marker": method.marker,
                "markersize": {"*": 8.0, "P": 6.0, "X": 6.0}.get(method.marker, 5.0),  # of about equal weight
                "markerfacecolor": "white" if again % 2 else method.colour,
                "markeredgecolor": method.colour if again % 2 else "white",
                "markeredgewidth": 1.0 if again % 2 else 0.5,
            },
        )
    return result


def clip(path, view):
    """Cut a path at the border of the view.

    Args:
        path: an array of points, shape (steps + 1, 2). It ends before the first point that is not finite.
        view: ((x from, x to), (y from, y to)).

    Returns:
        ``(pieces, entries, exits)``: the runs of points inside the view; for each time that the path comes
        in, the point on the border and the first one inside; for each time that it leaves, the last point
        inside and the one on the border.
    """
    low, high = np.transpose(view)
    finite = np.isfinite(path).all(axis=1)
    path = path if finite.all() else path[: finite.argmin()]
    inside = ((path >= low) & (path <= high)).all(axis=1)

    def border(here, beyond):
        """Where the straight way from a point inside to one beyond crosses the border."""
        way = beyond - here
        room = np.where(way > 0, high, low) - here
        shares = np.divide(room, way, out=np.ones(2), where=way != 0)
        return np.clip(here + shares.min() * way, low, high)

    pieces, entries, exits = [], [], []
    for k, point in enumerate(path):
        came_in = inside[k] and (k == 0 or not inside[k - 1])
        if came_in:
            pieces.append([])
        if came_in and k > 0:
            entries.append((border(point, path[k - 1]), point))
        if inside[k]:
            pieces[-1].append(point)
        elif k > 0 and inside[k - 1]:
            exits.append((path[k - 1], border(path[k - 1], point)))
    return [np.array(piece) for piece in pieces], entries, exits


def _checked_path(name, path, coordinates):
    path = np.asarray(path, float)
    if path.ndim != 2 or path.shape[1] != coordinates:
        raise ValueError(f"the path of {name!r} must have shape (steps + 1, {coordinates}), got {path.shape}")
    return path


def _checked_runs(name, losses):
    runs = np.atleast_2d(np.asarray(losses, float))
    if runs.ndim != 2 or runs.size == 0:
        raise ValueError(
            f"the losses of {name!r} must have shape (steps,) or (seeds, steps), got {runs.shape}"
        )
    return np.where(np.isnan(runs), np.inf, runs)


def _draw_paths(ax, paths, view, **changes):
    for name, (label, look) in looks(paths).items():
        path, look = paths[name], look | changes
        line = {"color": look["color"], "linestyle": look["linestyle"]} | changes
        pieces, entries, exits = clip(path, view)
        for start, end in entries:
            ax.plot(*np.transpose([start, end]), **line)
        for piece in pieces:
            ax.plot(*piece.T, **look, markevery=max(1, len(path) // 40))
        for start, end in exits:
            ax.annotate("", xy=end, xytext=start, arrowprops=ARROW | line)
        ax.plot([], [], **look, label=label)  # one entry in the legend, however many pieces
        ax.plot(*path[0], **RING)
    _legend(ax)


def _draw_bands(ax, x, losses):
    """Draw the median and the range of the runs of each name; return where each line ends, for its label."""
    drawable = np.concatenate([runs[np.isfinite(runs) & (runs > 0)] for runs in losses.values()])
    if drawable.size == 0:
        raise ValueError("the losses must have a positive, finite value to draw on a logarithmic axis")
    highest_start = max(np.median(runs[:, 0]) for runs in losses.values())
    top = min(10 * highest_start, 1.5 * drawable.max())
    bottom = max(drawable.min() / 1.5, 1e-17 * top)
    ax.set_ylim(bottom, top)
    ends = []
    for i, (name, (label, look)) in enumerate(looks(losses).items()):
        runs = np.clip(losses[name], 1e-3 * bottom, 1e3 * top)  # far outside is outside
        middle, colour = np.median(runs, axis=0), look["color"]
        if len(runs) > 1:
            low, high = runs.min(axis=0), runs.max(axis=0)
            ax.fill_between(x[name], low, high, color=colour, alpha=0.18, linewidth=0)
        gap = max(1, len(middle) // 8)
        ax.plot(x[name], middle, **look, label=label, markevery=(i * gap // len(losses), gap))
        end = x[name][-1], max(middle[-1], bottom)
        for k in np.flatnonzero((middle[:-1] <= top) & (middle[1:] > top)):
            here, there = ax.transScale.transform(np.transpose([x[name][k : k + 2], middle[k : k + 2]]))
            share = (ax.transScale.transform((1.0, top))[1] - here[1]) / (there - here)[1]
            crossing = ax.transScale.inverted().transform(here + share * (there - here))
            ax.plot(*crossing, color=colour, marker="^", markersize=7, clip_on=False)
            if middle[-1] > top:
                end = tuple(crossing)
        ends.append((label, colour, *end))
    return ends


def _label_ends(ax, ends):
    """Write each label beside the end of its line: in the right margin, as far apart as lines of text."""
    ax.set_xlim(ax.get_xlim()[0], max(x for _, _, x, _ in ends))
    to_axes = ax.transData + ax.transAxes.inverted()
    spacing = 1.3 * mpl.rcParams["font.size"] / 72 * ax.figure.dpi / ax.get_window_extent().height
    early = [end for end in ends if end[2] < ax.get_xlim()[1]]
    late = sorted((end for end in ends if end not in early), key=lambda end: end[3])
    for k, (label, _, x, y) in enumerate(sorted(early, key=lambda end: end[2])):
        ax.annotate(label, (x, y), xytext=(7, -13 * k), textcoords="offset points", va="top")
    wanted = [to_axes.transform((x, y))[1] for _, _, x, y in late]
    heights = np.maximum.accumulate(wanted - spacing * np.arange(len(late))) + spacing * np.arange(len(late))
    heights = np.minimum(heights, 1 - spacing * np.arange(len(late))[::-1])
    for (label, colour, x, y), height in zip(late, heights, strict=True):
        leader = {"arrowstyle": "-", "color": colour, "shrinkA": 2, "shrinkB": 0, "relpos": (0, 0.5)}
        place = {"xytext": (1.05, height), "textcoords": "axes fraction", "va": "center"}
        ax.annotate(label, (x, y), **place, arrowprops=leader, annotation_clip=False)


def _legend(ax):
    """Put the legend to the right of the axes, or, where a figure has several, one for all of them below."""
    figure = ax.figure
    entries = {}
    for axes in figure.axes:
        entries |= dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    if len(figure.axes) == 1 and entries:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    elif entries:
        for old in figure.legends:
            old.remove()
        figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=4)
