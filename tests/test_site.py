"""The built book in a browser: what a reader sees, on a wide screen and on a telephone, by day and by night.

Playwright drives the Chromium or Chrome that is installed; it downloads none. Without a browser, or without a
built book, these tests are skipped with a line that says so; where ``CI`` is set, they fail.
"""

import functools
import shutil
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import missing
from playwright.sync_api import sync_playwright

SITE = Path(__file__).parent.parent / "_build" / "html"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in (SITE / "book").glob("*.html"))
WIDE = {"width": 1400, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
NEED_A_NAME = {"button", "checkbox", "link", "searchbox", "textbox"}  # pictures: check_site.py
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser():
    if not PAGES:
        missing("no built book: run `make book` first")
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        missing("no browser: install Chromium or Chrome to run the browser tests")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address():
    """Where the book is served."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def outside(url, at):
    return not url.startswith((at, "data:"))


@contextmanager
def visit(browser, at, path):
    """Open a page of the book; afterwards, nothing may have gone wrong and no other host been asked."""
    troubles = []
    context = browser.new_context(viewport=WIDE, color_scheme="light")
    page = context.new_page()
    page.on("console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(f"not found: {request.url}"))
    page.on("request", lambda r: troubles.append(f"asked {r.url}") if outside(r.url, at) else None)
    page.goto(f"{at}/{path}")
    page.wait_for_function("!window.MathJax?.startup || MathJax.startup.promise.then(() => true)")
    yield page
    context.close()
    assert not troubles


@pytest.fixture(scope="module", params=PAGES or ["book/index.html"])
def page(request, browser, address):
    """Each page of the book in turn, opened once."""
    with visit(browser, address, request.param) as page:
        yield page


@pytest.fixture
def momentum(browser, address):
    """A chapter with everything that a chapter has."""
    with visit(browser, address, "book/momentum.html") as page:
        yield page


@pytest.mark.parametrize("viewport", [WIDE, TELEPHONE], ids=["wide", "telephone"])
def test_page_fits(page, viewport):
    page.set_viewport_size(viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], "it scrolls sideways"
    title = page.locator("article h1").bounding_box()
    assert 0 <= title["x"] <= title["x"] + title["width"] <= viewport["width"]
    page.set_viewport_size(WIDE)


def test_pictures_and_letters_are_there(page):
    assert page.evaluate("[...document.images].every(i => i.loading == 'lazy' || i.naturalWidth > 0)")
    assert page.evaluate("document.fonts.check('16px \"Source Serif 4\"')")


def test_formulas_are_typeset(page):
    assert page.locator("article .math:not(:has(mjx-math))").count() == 0
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(page, theme):
    """Contrast of 4.5 to 1 (WCAG 2, level AA) for running text, links and code."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(f"document.documentElement.dataset.theme == '{theme}'")
    page.wait_for_timeout(300)  # colours fade from one theme to the other
    assert page.evaluate(CONTRAST) == []


CONTRAST = """() => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number)
    const luminance = rgb => rgb.slice(0, 3)
        .map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
    const over = (top, below) => below.map((c, i) => top[i] * (top[3] ?? 1) + c * (1 - (top[3] ?? 1)))
    const background = element => {
        if (!element) return [255, 255, 255]
        const own = numbers(getComputedStyle(element).backgroundColor)
        return (own[3] ?? 1) === 1 ? own.slice(0, 3) : over(own, background(element.parentElement))
    }
    const poor = new Set()
    for (const element of document.querySelectorAll("main *")) {
        const words = [...element.childNodes].some(n => n.nodeType == 3 && n.textContent.trim())
        if (!words || !element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue
        const below = background(element)
        const ink = over(numbers(getComputedStyle(element).color), below)
        const [dark, light] = [luminance(ink), luminance(below)].sort((a, b) => a - b)
        const ratio = (light + 0.05) / (dark + 0.05)
        if (ratio < 4.5) poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`)
    }
    return [...poor]
}"""


def unnamed(page):
    """What a screen reader would meet and have nothing to say about."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    spoken = [node for node in nodes if not node["ignored"] and node["role"]["value"] in NEED_A_NAME]
    return [node for node in spoken if not node["name"]["value"].strip()]


def test_page_can_be_used_without_eyes(page):
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title()
    assert page.locator("article h1").count() == 1
    assert unnamed(page) == []
    levels = page.locator("article :is(h1, h2, h3, h4, h5, h6)").evaluate_all(
        "es => es.map(e => +e.tagName[1])"
    )
    assert all(below <= above + 1 for above, below in pairwise(levels)), levels
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"


def test_the_button_switches_light_and_dark(momentum):
    switch = momentum.locator(".theme-switch-button:visible")
    seen = set()
    for _ in range(3):
        switch.click()
        seen.add(momentum.evaluate("document.documentElement.dataset.mode"))
    assert seen == {"light", "dark", "auto"}


@pytest.mark.parametrize(("theme", "inverted"), [("light", False), ("dark", True)])
def test_figures_follow_the_theme(momentum, theme, inverted):
    momentum.emulate_media(color_scheme=theme)
    momentum.wait_for_function(f"document.documentElement.dataset.theme == '{theme}'")
    figures = momentum.locator("figure img[src$='.svg']")
    assert figures.count()
    for style in figures.evaluate_all("es => es.map(e => getComputedStyle(e).filter)"):
        assert ("invert(0.93)" in style) == inverted


def test_solutions_are_folded_and_open(momentum):
    solution = momentum.locator(".solution.dropdown").first
    words = solution.locator("> :not(.admonition-title, button)").first
    assert not words.is_visible()
    solution.locator(".admonition-title").click()
    words.wait_for(state="visible")


def test_folded_code_opens(momentum):
    folded = momentum.locator("details.hide").first
    assert not folded.locator("pre").first.is_visible()
    folded.locator("summary").click()
    assert folded.locator("pre").first.is_visible()


def test_contents_open_on_a_telephone(momentum):
    momentum.set_viewport_size(TELEPHONE)
    contents = momentum.locator('#pst-primary-sidebar-modal a[href="gradient_descent.html"]')
    assert contents.count() == 0
    momentum.locator("button.primary-toggle:visible").click()
    contents.click()
    momentum.wait_for_url("**/gradient_descent.html")


def test_paper_has_the_article_alone(momentum):
    momentum.emulate_media(media="print")
    for selector in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-area", ".copybtn"):
        assert momentum.locator(f"{selector}:visible").count() == 0, selector
    for selector in ("h1", "figure img", "figcaption", "mjx-container"):
        assert momentum.locator(f"{selector}:visible").count(), selector


def test_search_finds_a_chapter(browser, address):
    with visit(browser, address, "search.html?q=momentum") as page:
        page.locator("#search-results a[href^='book/momentum.html']").first.wait_for()


def test_book_works_from_the_file_system(browser):
    with visit(browser, SITE.as_uri(), "index.html") as page:
        page.wait_for_url("**/book/index.html")
        page.locator("article a", has_text="Momentum").first.click()
        page.wait_for_url("**/momentum.html")
        page.locator("article mjx-math").first.wait_for(state="attached")
