"""What a rendered article has in it: headings, links, images, words.

Reads nh3's output, which is canonical (double quotes, lower case, closed tags), so plain
expressions are enough and never meet hostile markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape, unescape

HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.S)
ID = re.compile(r'\bid="([^"]*)"')
TAG = re.compile(r"<[^>]*>")
SPACE = re.compile(r"\s+")
LINK = re.compile(r'<a\s[^>]*?href="([^"]*)"')
IMAGE = re.compile(r"<img\s([^>]*)>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Heading:
    """One heading: its level (1 to 6), its anchor and its plain words."""

    level: int
    id: str
    text: str


@dataclass(frozen=True)
class Image:
    """One image as written: `alt` is None when the author gave none."""

    src: str
    alt: str | None


def plain(html: str) -> str:
    """HTML -> its words on one line."""
    return SPACE.sub(" ", unescape(TAG.sub("", html))).strip()


def headings_of(html: str) -> tuple[Heading, ...]:
    """All headings in order."""
    return tuple(_heading(found) for found in HEADING.finditer(html))


def _heading(found: re.Match[str]) -> Heading:
    anchor = ID.search(found[2])
    return Heading(int(found[1]), unescape(anchor[1]) if anchor else "", plain(found[3]))


def links_of(html: str) -> tuple[str, ...]:
    """The target of every link, in order, repeated ones too."""
    return tuple(unescape(href) for href in LINK.findall(html))


def images_of(html: str) -> tuple[Image, ...]:
    """Every image with its alternative text."""
    found = (dict(ATTRIBUTE.findall(attributes)) for attributes in IMAGE.findall(html))
    return tuple(Image(unescape(image.get("src", "")), unescape(image["alt"]) if "alt" in image else None) for image in found)


def count_words(html: str) -> int:
    """Number of words a reader sees."""
    return len(WORD.findall(TAG.sub(" ", html)))


def toc_of(headings: Iterable[Heading], deepest: int = 3) -> str:
    """Nested `<ul>` over the headings from level 2 to `deepest`; '' when there are fewer than two."""
    chosen = [heading for heading in headings if 2 <= heading.level <= deepest and heading.id]
    if len(chosen) < 2:
        return ""
    out: list[str] = []
    open_levels: list[int] = []
    for heading in chosen:
        while open_levels and open_levels[-1] > heading.level:
            open_levels.pop()
            out.append("</li></ul>")
        if open_levels and open_levels[-1] == heading.level:
            out.append("</li>")
        else:
            out.append("<ul>")
            open_levels.append(heading.level)
        out.append(f'<li><a href="#{escape(heading.id)}">{escape(heading.text)}</a>')
    return "".join(out) + "</li></ul>" * len(open_levels)
