"""The figures: what is drawn, that every reader can tell lines apart, and that a rerun changes no byte."""

import itertools
import json
import os
import subprocess
import sys

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from lessons_pkg import plots, rules, trajectory
from lessons_pkg.plots import METHODS, clip, contour, curve, looks, loss_curves, rate_curves, schedule_curves
from lessons_pkg.problems import parabola, rosenbrock, two_minima, valley
from lessons_pkg.rules import gradient_descent, heavy_ball

GD = trajectory(gradient_descent, valley.gradient, valley.start, 20, lr=0.4)
HEAVY = trajectory(heavy_ball, valley.gradient, valley.start, 20, lr=0.6, momentum=0.5)
DIVERGES = trajectory(gradient_descent, valley.gradient, valley.start, 20, lr=0.6)


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


# ---- colours: what is seen on paper, on a dark page, and by colour-blind readers ----

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def on_paper(colour):
    return np.array(mpl.colors.to_rgb(colour))


def on_a_dark_page(colour):
    """The CSS filter of the site's dark mode, invert(.93) hue-rotate(180deg), as the standard defines it."""
    inverted = 0.93 - 0.86 * on_paper(colour)
    luminance = np.array([0.213, 0.715, 0.072])
    return np.clip((2 * luminance - np.eye(3)) @ inverted, 0, 1)


def linear(rgb):
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """The ratio of WCAG 2: 21 for black on white."""
    dark, light = sorted(0.05 + linear(rgb) @ [0.2126, 0.7152, 0.0722] for rgb in (a, b))
    return light / dark


def oklab(linear_rgb):
    """Ottosson 2020: equal distances look equally different; black to white is 1, 0.02 is just seen."""
    cones = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566]]
    cones.append([0.0883024619, 0.2817188376, 0.6299787005])
    axes = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099]]
    axes.append([0.0259040371, 0.7827717662, -0.8086757660])
    return np.array(axes) @ np.cbrt(np.array(cones) @ np.clip(linear_rgb, 0, 1))


def test_every_rule_has_its_own_look():
    assert set(METHODS) == set(rules.__all__)
    for column in ("label", "colour", "marker"):
        values = [getattr(method, column) for method in METHODS.values()]
        assert len(set(values)) == len(values), column


@pytest.mark.parametrize("page", [on_paper, on_a_dark_page])
@pytest.mark.parametrize("ground", ["white", plots.MAP])
@pytest.mark.parametrize("name", METHODS)
def test_lines_stand_out_from_the_ground(name, ground, page):
    assert contrast(page(METHODS[name].colour), page(ground)) >= 3


@pytest.mark.parametrize("page", [on_paper, on_a_dark_page])
@pytest.mark.parametrize("vision", VISION)
def test_no_two_methods_look_alike(vision, page):
    seen = {name: oklab(VISION[vision] @ linear(page(method.colour))) for name, method in METHODS.items()}
    for a, b in itertools.combinations(METHODS, 2):
        assert np.linalg.norm(seen[a] - seen[b]) >= (0.09 if vision == "all cones" else 0.055), (a, b)


@pytest.mark.parametrize("page", [on_paper, on_a_dark_page])
@pytest.mark.parametrize("colour", [plots.INK, plots.GREY])
def test_text_and_theory_can_be_read(colour, page):
    assert contrast(page(colour), page("white")) >= 4.5


# ---- names and looks ----


def test_a_method_keeps_colour_and_marker_and_changes_dashes():
    table = looks(["adam", ("adam", "lr = 1"), ("adam", "lr = 2"), "theory", ("sgd", "sgd, lr = 1"), "bound"])
    assert [label for label, _ in table.values()] == [
        "Adam",
        "lr = 1",
        "lr = 2",
        "theory",
        "sgd, lr = 1",
        "bound",
    ]
    adams = [look for key, (_, look) in table.items() if "adam" in key]
    assert {look["color"] for look in adams} == {METHODS["adam"].colour}
    assert {look["marker"] for look in adams} == {METHODS["adam"].marker}
    assert len({look["linestyle"] for look in adams}) == 3
    assert table["theory"][1]["color"] == plots.GREY
    assert table["theory"][1]["marker"] == ""
    assert table["theory"][1]["linestyle"] != table["bound"][1]["linestyle"]
    assert looks(["nesterov"])["nesterov"][1]["linestyle"] == METHODS["nesterov"].line


# ---- paths ----

UNIT = ((0.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("path", "pieces", "entries", "exits"),
    [
        ([(0.5, 0.5), (0.6, 0.7)], [[(0.5, 0.5), (0.6, 0.7)]], [], []),
        ([(0.5, 0.5), (1.5, 0.5)], [[(0.5, 0.5)]], [], [((0.5, 0.5), (1.0, 0.5))]),
        ([(0.5, 0.5), (0.5, -4.5)], [[(0.5, 0.5)]], [], [((0.5, 0.5), (0.5, 0.0))]),
        ([(0.5, 0.5), (2.5, 4.5)], [[(0.5, 0.5)]], [], [((0.5, 0.5), (0.75, 1.0))]),
        (
            [(0.5, 0.5), (0.5, 1.5), (0.25, 0.5)],
            [[(0.5, 0.5)], [(0.25, 0.5)]],
            [((0.375, 1.0), (0.25, 0.5))],
            [((0.5, 0.5), (0.5, 1.0))],
        ),
        ([(0.5, 0.5), (0.5, 2.0), (0.5, -2.0)], [[(0.5, 0.5)]], [], [((0.5, 0.5), (0.5, 1.0))]),
        ([(2.0, 0.5), (0.5, 0.5)], [[(0.5, 0.5)]], [((1.0, 0.5), (0.5, 0.5))], []),
        ([(2.0, 2.0), (3.0, 3.0)], [], [], []),
        ([(0.5, 0.5), (0.5, np.nan), (0.5, 0.5)], [[(0.5, 0.5)]], [], []),
        ([(0.5, 0.5), (0.5, 1e300), (0.5, -np.inf)], [[(0.5, 0.5)]], [], [((0.5, 0.5), (0.5, 1.0))]),
        ([(1.0, 0.0), (1.0, 2.0)], [[(1.0, 0.0)]], [], [((1.0, 0.0), (1.0, 1.0))]),
    ],
)
def test_a_path_is_cut_at_the_border(path, pieces, entries, exits):
    found = clip(np.array(path), UNIT)
    for got, expected in zip(found, (pieces, entries, exits), strict=True):
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a, b)


def lines(ax, name):
    """The points of each line drawn in the colour of a method, without the empty one made for the legend."""
    colour = METHODS[name].colour
    return [line.get_xydata() for line in ax.lines if line.get_color() == colour and len(line.get_xdata())]


def arrows(ax):
    return [text for text in ax.texts if text.arrow_patch is not None and not text.get_text()]


def test_contour_draws_the_path_the_start_and_the_minima(ax):
    assert contour(valley, {"gradient_descent": GD, "heavy_ball": HEAVY}, ax=ax) is None
    np.testing.assert_array_equal(lines(ax, "gradient_descent"), [GD])
    np.testing.assert_array_equal(lines(ax, "heavy_ball"), [HEAVY])
    crosses = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "+"]
    np.testing.assert_array_equal(crosses, valley.minima)
    rings = [line.get_xydata()[0] for line in ax.lines if line.get_color() == "none"]
    np.testing.assert_array_equal(rings, [valley.start] * 2)
    assert (ax.get_xlim(), ax.get_ylim()) == valley.view
    assert ax.get_aspect() == 1.0
    assert arrows(ax) == []
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["gradient descent", "heavy ball"]


def test_the_levels_of_a_contour_are_logarithmic_above_the_lowest_minimum(ax):
    contour(rosenbrock, ax=ax)
    levels = ax.collections[0].levels
    height = levels - rosenbrock.value(*rosenbrock.minima[0])
    np.testing.assert_allclose(height[1:] / height[:-1], height[1] / height[0])
    assert height[-1] / height[0] == pytest.approx(1000)


def test_an_arrow_shows_where_a_path_leaves(ax):
    contour(valley, {"gradient_descent": DIVERGES}, ax=ax)
    (arrow,) = arrows(ax)
    assert arrow.xy[1] in valley.view[1]
    for piece in lines(ax, "gradient_descent"):
        assert np.all(np.abs(piece) <= (6, 3))


@pytest.mark.parametrize(
    ("view", "aspect"),
    [(((-2, 2), (-8, 8)), 1.0), (((-1, 1), (-20, 20)), "auto"), (((-20, 20), (-1, 1)), "auto")],
)
def test_contour_takes_another_view_and_distorts_only_long_ones(ax, view, aspect):
    contour(valley, view=view, ax=ax)
    assert (ax.get_xlim(), ax.get_ylim()) == view
    assert ax.get_aspect() == aspect


def test_functions_draw_into_the_current_axes():
    contour(valley)
    assert plt.gca().get_xlabel() == "x"
    assert len(plt.gca().collections) == 1
    plt.close()


def test_figures_with_several_axes_have_one_legend():
    figure, (left, right) = plt.subplots(1, 2)
    contour(valley, {"gradient_descent": GD}, ax=left)
    contour(valley, {"gradient_descent": GD, "heavy_ball": HEAVY}, ax=right)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["gradient descent", "heavy ball"]
    assert left.get_legend() is None
    plt.close(figure)


def test_curve_draws_the_points_on_the_curve(ax):
    path = trajectory(gradient_descent, two_minima.gradient, two_minima.start, 30, lr=0.03)
    assert curve(two_minima, {"gradient_descent": path}, ax=ax) is None
    (points,) = lines(ax, "gradient_descent")
    np.testing.assert_array_equal(points, np.hstack([path, two_minima.value(path)]))
    assert ax.get_xlim() == two_minima.view[0]


def test_curve_shows_where_a_path_leaves(ax):
    path = trajectory(gradient_descent, parabola.gradient, parabola.start, 4000, lr=1.1)
    curve(parabola, {"gradient_descent": path}, ax=ax)
    assert len(arrows(ax)) == 1


# ---- losses ----


def band(ax):
    (collection,) = ax.collections
    return collection.get_paths()[0].vertices


def test_loss_curves_draw_the_median_and_the_range(ax):
    runs = np.array([[8.0, 4.0, 2.0], [4.0, 2.0, 1.0], [2.0, 1.0, 0.25]])
    assert loss_curves({"adam": runs}, xlabel="epoch", ylabel="validation loss", ax=ax) is None
    (line,) = lines(ax, "adam")
    np.testing.assert_array_equal(line, [(0, 4.0), (1, 2.0), (2, 1.0)])
    for step in range(3):
        heights = band(ax)[band(ax)[:, 0] == step, 1]
        assert (heights.min(), heights.max()) == (runs[:, step].min(), runs[:, step].max())
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "validation loss", "log")
    assert [text.get_text() for text in ax.texts] == ["Adam"]


def test_one_run_has_no_band(ax):
    loss_curves({"adam": [3.0, 2.0, 1.0]}, ax=ax)
    assert len(ax.collections) == 0


@pytest.mark.parametrize("beyond", [np.nan, np.inf, 1e6])
def test_a_run_that_has_diverged_counts_as_infinitely_high(ax, beyond):
    """One of three diverges: the median goes on, the range leaves. Two of three: the median leaves."""
    tame = [1.0, 0.9, 0.8, 0.7]
    wild = [1.0, 2.0, beyond, beyond]
    loss_curves({"adam": [tame, tame, wild], "sgd": [tame, wild, wild]}, ax=ax)
    top = ax.get_ylim()[1]
    assert top <= 10.0
    adam, sgd = lines(ax, "adam"), lines(ax, "sgd")
    np.testing.assert_array_equal(adam[0][:, 1], tame)
    assert sgd[0][-1, 1] > top
    (triangle,) = [line for line in ax.lines if line.get_marker() == "^"]
    x, y = triangle.get_xydata()[0]
    assert y == pytest.approx(top)
    assert 1.0 < x <= 2.0
    labels = {text.get_text(): text for text in ax.texts}
    assert set(labels) == {"Adam", "SGD"}
    assert tuple(labels["SGD"].xy) == (x, y)
    assert labels["Adam"].xy == (3, 0.7)


@pytest.mark.parametrize("last", [[1e-3] * 5, [1e-3, 1.02e-3, 0.99e-3, 1e-6, 1e-6], [10, 10, 9.9, 9.8, 1e-9]])
def test_labels_stand_apart_in_the_order_of_the_ends(ax, last):
    names = ["gradient_descent", "heavy_ball", "nesterov", "adam", "theory"]
    ends = dict(zip(names, last, strict=True))
    loss_curves({name: np.geomspace(10, end, 20) for name, end in ends.items()}, ax=ax)
    ax.figure.canvas.draw()
    boxes = {text.get_text(): mpl.text.Text.get_window_extent(text) for text in ax.texts}
    assert len(boxes) == 5
    for a, b in itertools.combinations(boxes.values(), 2):
        assert not a.overlaps(b)
    heights = [boxes[looks(names)[name][0]].y0 for name in sorted(names, key=ends.get)]
    assert heights == sorted(heights)
    assert max(box.y0 + box.height / 2 for box in boxes.values()) <= ax.get_window_extent().y1 + 1


def test_rate_curves_draw_a_point_for_each_rate(ax):
    rates = [1e-3, 1e-2, 1e-1]
    losses = [[2.0, 3.0, 4.0], [0.5, 0.6, 1.0], [0.8, np.nan, np.nan]]
    assert rate_curves(rates, {"adam": losses}, ax=ax) is None
    (line, triangle) = lines(ax, "adam")
    np.testing.assert_array_equal(line[:, 0], rates)
    np.testing.assert_array_equal(line[:2, 1], [3.0, 0.6])
    assert line[2, 1] > ax.get_ylim()[1]
    assert triangle[0, 1] == pytest.approx(ax.get_ylim()[1])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_a_rate_far_too_high_does_not_flatten_the_figure(ax):
    rate_curves([0.1, 1.0, 10.0], {"adam": [[2.0], [1.0], [1e145]], "sgd": [[1.0], [0.5], [0.25]]}, ax=ax)
    assert ax.get_ylim()[1] == pytest.approx(20.0)
    assert ax.get_ylim()[0] == pytest.approx(0.25 / 1.5)


def test_rate_curves_take_rates_for_each_name(ax):
    rate_curves(
        {"adam": [1e-3, 1e-2], "sgd": [0.1, 1.0, 10.0]}, {"adam": [[1], [2]], "sgd": [[1], [2], [3]]}, ax=ax
    )
    np.testing.assert_array_equal(lines(ax, "sgd")[0], [(0.1, 1), (1.0, 2), (10.0, 3)])


def test_schedule_curves_draw_the_rate_of_each_step(ax):
    assert schedule_curves({"falling": lambda k: 1 / (k + 1), "constant": lambda k: 0.5}, 10, ax=ax) is None
    falling, constant = (line.get_xydata() for line in ax.lines)
    np.testing.assert_array_equal(falling, [(k, 1 / (k + 1)) for k in range(10)])
    np.testing.assert_array_equal(constant[:, 1], 0.5)
    assert ax.get_ylim()[0] <= 0.0
    assert {text.get_text() for text in ax.texts} == {"falling", "constant"}


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: contour(valley, {"adam": np.zeros((5, 3))}),
            r"path of 'adam' must have shape \(steps \+ 1, 2\)",
        ),
        (lambda: curve(parabola, {"adam": np.zeros(5)}), r"path of 'adam' must have shape \(steps \+ 1, 1\)"),
        (lambda: loss_curves({"adam": np.zeros((2, 2, 2))}), "losses of 'adam' must have shape"),
        (lambda: loss_curves({"adam": []}), "losses of 'adam' must have shape"),
        (lambda: loss_curves({"adam": [np.nan, 0.0]}), "positive, finite value"),
        (lambda: rate_curves([1, 2, 3], {"adam": [[1], [2]]}), "losses of 'adam' must have 3 rows"),
    ],
)
def test_wrong_shapes_are_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
    plt.close()


# ---- files ----

DRAW = """
import io, matplotlib
matplotlib.use("Agg")
from lessons_pkg import plots, trajectory
from lessons_pkg.problems import valley
from lessons_pkg.rules import adam
import matplotlib.pyplot as plt
plots.contour(valley, {"adam": trajectory(adam, valley.gradient, valley.start, 30, lr=0.5)})
file = io.StringIO()
plt.savefig(file, format="svg", **plots.SVG)
import sys
assert "IPython" not in sys.modules
print(file.getvalue())
"""


def test_a_rerun_changes_no_byte():
    def run(seed):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", DRAW]
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    first = run("1")
    assert first == run("2")
    assert b"<svg" in first
    assert b"<dc:date>" not in first
    assert len(first) < 100_000  # a page has ten of them


def test_a_notebook_shows_svg_without_magic():
    """In a kernel, importing the module is enough; the functions leave nothing but the figure."""
    cells = [
        "from lessons_pkg.plots import contour\nfrom lessons_pkg.problems import valley",
        "contour(valley)",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4])\nplt.title('later')\nNone",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    assert notebook.cells[0].outputs == []
    for cell in notebook.cells[1:]:
        (output,) = cell.outputs
        assert set(output.data) == {"image/svg+xml", "text/plain"}, json.dumps(output)[:300]
        assert "<dc:date>" not in output.data["image/svg+xml"]
