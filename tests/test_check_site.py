"""The check of the built book finds what it is there to find."""

import check_site
import pytest

FIGURE = '<div class="cell_output"><figure><img src="a.svg" alt="{alt}">{caption}</figure></div>'


def page(body):
    return f'<html><body id="top">{body}</body></html>'


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('<a href="other.html#there">x</a>', None),
        ('<a href="#top">x</a>', None),
        ('<a href="https://example.org">x</a>', None),
        ('<a href="mailto:a@example.org">x</a>', None),
        ('<a href="missing.html">x</a>', "leads nowhere: missing.html"),
        ('<a href="../outside.html">x</a>', "leads nowhere: ../outside.html"),
        ('<a href="#nowhere">x</a>', "no such anchor: #nowhere"),
        ('<a href="other.html#nowhere">x</a>', "no such anchor: other.html#nowhere"),
        ('<script src="https://example.org/x.js"></script>', "loads from outside: https://example.org/x.js"),
        ('<script src="//example.org/x.js"></script>', "loads from outside: //example.org/x.js"),
        ('<script src="missing.js"></script>', "leads nowhere: missing.js"),
        (
            '<link rel="stylesheet" href="https://example.org/x.css">',
            "loads from outside: https://example.org/x.css",
        ),
        ('<link rel="canonical" href="https://example.org/">', None),
        ('<img src="a.svg" alt="Words">', None),
        ('<img src="a.svg">', "no alternative text: a.svg"),
        ('<img src="a.svg" alt="">', "no alternative text: a.svg"),
        ('<img src="a.svg" alt="_images/0123.svg">', "a file's name as alternative text: a.svg"),
        (FIGURE.format(alt="A path to the minimum", caption="<figcaption>Words</figcaption>"), None),
        (
            FIGURE.format(alt="A path to the minimum", caption="<figcaption> </figcaption>"),
            "no caption: a.svg",
        ),
        (FIGURE.format(alt="A path to the minimum", caption=""), "no caption: a.svg"),
        (
            FIGURE.format(alt="A path", caption="<figcaption>Words</figcaption>"),
            "alternative text of fewer than four words: a.svg (A path)",
        ),
        (
            '<div class="cell_output"><img src="a.svg" alt="A path to the minimum"></div>',
            "no caption: a.svg",
        ),
    ],
)
def test_page(tmp_path, body, error):
    (tmp_path / "a.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "other.html").write_text('<p id="there">', encoding="utf-8")
    (tmp_path / "page.html").write_text(page(body), encoding="utf-8")
    assert [text for _, text in check_site.site_errors(tmp_path)] == ([error] if error else [])


@pytest.mark.parametrize(
    ("css", "error"),
    [
        ('@font-face {src: url("a.woff2")}', None),
        ("/* https://example.org */ a {color: red}", None),
        ("a {background: url(data:image/png;base64,AA)}", None),
        ("a {background: url(https://example.org/a.png)}", "loads from outside: https://example.org/a.png"),
        ('@import "https://example.org/a.css";', "loads from outside: https://example.org/a.css"),
    ],
)
def test_style(tmp_path, css, error):
    (tmp_path / "page.html").write_text(page(""), encoding="utf-8")
    (tmp_path / "a.css").write_text(css, encoding="utf-8")
    assert [text for _, text in check_site.site_errors(tmp_path)] == ([error] if error else [])


def test_an_empty_folder_is_an_error(tmp_path):
    assert len(list(check_site.site_errors(tmp_path))) == 1
