"""Check the built book: links, anchors, outside requests, alternative texts, captions.

    python book/check_site.py _build/html

Every link inside the book must lead to a page and an anchor that exist. No page may load a script, a style, a
font or a picture from elsewhere. Every picture must say in words what it shows, and a picture that a cell has
drawn must have a caption. What is wrong is printed, a line each, and is the exit status.
"""

import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "manifest"}


class Page(HTMLParser):
    """What the checks need of one HTML page.

    Attributes:
        anchors: the places that a link can point to.
        links: what a reader may follow.
        loads: what the browser fetches by itself.
        pictures: of each picture the address, the alternative text, whether a cell has drawn it, and whether
            it has a caption.
    """

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.anchors, self.links, self.loads, self.pictures = set(), [], [], []
        self._open = []  # the elements around the place being read: (tag, class names)
        self._figure = []  # the pictures of the figure being read
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.anchors |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        if tag not in VOID:
            self._open.append((tag, (attributes.get("class") or "").split()))
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"] or "")
        elif tag == "link" and set((attributes.get("rel") or "").split()) & LOADED_LINKS:
            self.loads.append(attributes["href"])
        elif tag in ("script", "iframe", "source", "video", "audio", "embed") and attributes.get("src"):
            self.loads.append(attributes["src"])
        elif tag == "img":
            self.loads.append(attributes["src"])
            drawn = any("cell_output" in classes for _, classes in self._open)
            self._figure.append([attributes["src"], attributes.get("alt"), drawn, False])
            if not self._inside("figure"):
                self._close_figure()

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        if data.strip() and self._inside("figcaption"):
            for picture in self._figure:
                picture[3] = True

    def handle_endtag(self, tag):
        while tag in (name for name, _ in self._open):
            if self._open.pop()[0] == tag:
                break
        if tag == "figure":
            self._close_figure()

    def _inside(self, tag):
        return any(name == tag for name, _ in self._open)

    def _close_figure(self):
        self.pictures += map(tuple, self._figure)
        self._figure.clear()


@cache
def read(path):
    return Page(path)


def is_outside(address):
    """Whether an address leads to another host."""
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme in ("http", "https")


def link_errors(page, site):
    """Links and files inside the book that do not exist, and files fetched from outside it."""
    for address in page.loads:
        if is_outside(address):
            yield f"loads from outside: {address}"
    for address in page.links + page.loads:
        parts = urlsplit(address)
        if is_outside(address) or parts.scheme:
            continue
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if site.resolve() not in target.resolve().parents or not target.is_file():
            yield f"leads nowhere: {address}"
        elif (
            parts.fragment
            and target.suffix == ".html"
            and unquote(parts.fragment) not in read(target).anchors
        ):
            yield f"no such anchor: {address}"


def picture_errors(page):
    """Pictures without words: no alternative text, a file's name in its place, or no caption."""
    for src, alt, drawn, has_caption in page.pictures:
        if not alt or not alt.strip():
            yield f"no alternative text: {src}"
        elif Path(urlsplit(src).path).name in alt or re.fullmatch(
            r"\S+\.(svg|png|jpe?g|gif|webp)", alt.strip()
        ):
            yield f"a file's name as alternative text: {src}"
        elif drawn and len(alt.split()) < 4:
            yield f"alternative text of fewer than four words: {src} ({alt})"
        if drawn and not has_caption:
            yield f"no caption: {src}"


def style_errors(path):
    """Addresses of other hosts in a style sheet."""
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for address in re.findall(r"""(?:url\(|@import\s+)\s*["']?([^"')\s]+)""", css):
        if is_outside(address):
            yield f"loads from outside: {address}"


def site_errors(site):
    """Everything that is wrong in a built book, as (file, error)."""
    pages = sorted(site.rglob("*.html"))
    if not pages:
        yield site, "no pages here; build the book first"
    for path in pages:
        if "_static" in path.parts:  # fragments that the theme keeps there, not pages
            continue
        for error in [*link_errors(read(path), site), *picture_errors(read(path))]:
            yield path.relative_to(site), error
    for path in sorted(site.rglob("*.css")):
        for error in style_errors(path):
            yield path.relative_to(site), error


def main():
    site = Path(sys.argv[1])
    errors = list(site_errors(site))
    for file, error in errors:
        print(f"{file}: {error}")
    pages = sum("_static" not in path.parts for path in site.rglob("*.html"))
    print(f"{pages} pages: {len(errors) or 'no'} errors in links, anchors, pictures and what is loaded")
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()
