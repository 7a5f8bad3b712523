"""Markdown read without rendering it: title, headings and plain words for an index, a few hundred files a second.

Good enough to find things by, not to show them. Anchors follow the renderer's own rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from app.lib.markdown.article import anchor

# Lines that may open or close code or make a heading: all others are passed over without being looked at one by one.
NOTABLE = re.compile(r"\n {0,3}(?:(?:`{3}|~{3}|#{1,6}(?:[ \t]|$)).*|(?:=+|-+)[ \t]*)$", re.M)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+|$)(.*?)[ \t]*#*[ \t]*$")
UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
OWN_ID = re.compile(r"[ \t]*\{:?[^}]*?#([\w-]+)[^}]*\}[ \t]*$")
ATTRIBUTES = re.compile(r"[ \t]*\{:[^}]*\}[ \t]*$")
COMMENT = re.compile(r"<!--.*?-->", re.S)
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
PICTURE = re.compile(r"!\[([^\]]{0,500})\](?:\([^()\s]*(?:\s+[\"'][^\"']*[\"'])?\)|\[[^\]]*\])")
LINK = re.compile(r"\[([^\]\[]{1,500})\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s+\S+.*$", re.M)
TEMPLATE = re.compile(r"\{%.{0,500}?%\}|\{\{.{0,200}?\}\}", re.S)
CALLOUT = re.compile(r"^\s*(?:>\s*\[!\w+\]|!!!\s*\w+|\?\?\?\+?\s*\w+|///.*|===\s)", re.M)
RULE = re.compile(r"^[ \t]*(?:[-*_=|:+][ \t]*){3,}$", re.M)
MARKS = str.maketrans("", "", "*`#>|~")
UNDERSCORES = re.compile(r"_(?<!\w_)_*|__*(?!\w)")
MARKED = re.compile(r"[<>{}\[\]*_`#&|~\n\t]|[-=!?/:]{2}|  ")
# What is cut out, and what must be there for it to be worth looking.
DROPPED = (
    (COMMENT, ("<!--",)),
    (TAG, ("<",)),
    (TEMPLATE, ("{%", "{{")),
    (REFERENCE, ("]:",)),
    (CALLOUT, ("[!", "!!!", "???", "///", "===")),
    (RULE, ("--", "**", "==", "__", "- -", "* *", "||", "::")),
)


@dataclass(frozen=True)
class Section:
    """The words under one heading; the first one of a file may have level 0 and no title."""

    level: int
    anchor: str
    title: str
    line: int
    text: str


def sections_of(text: str) -> list[Section]:
    """Split markdown at its headings (not those in fenced code). `line` is 1 for the first line of `text`; `text` of a
    section is still markdown."""
    found: list[Section] = []
    taken: dict[str, int] = {}
    level, title, begun, start = 0, "", 1, 0
    line, counted, fence = 1, 0, ""
    for notable in NOTABLE.finditer(f"\n{text}"):  # a search for line ends is quicker than one for beginnings
        own, at = notable[0][1:], notable.start()
        mark = FENCE.match(own)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        elif not fence:
            before = text[max(text.rfind("\n", start, at - 1) + 1, start) : at - 1] if at > start else ""
            head = _heading(own, before)
            if head:
                end = at - (len(before) + 1 if head[2] else 0)
                found.append(_section(level, title, begun, text[start:end], taken))
                line, counted = line + text.count("\n", counted, end), end
                level, title, begun, start = head[0], head[1], line, notable.end()
    found.append(_section(level, title, begun, text[start:], taken))
    return found if found[0].text.strip() else found[1:]


def _heading(line: str, before: str) -> tuple[int, str, bool] | None:
    """(level, words, whether they stand on the line above) when this line makes a heading."""
    if atx := ATX.match(line):
        return len(atx[1]), atx[2], False
    if before.strip() and before[:1] not in " \t|>-*#<" and UNDERLINE.match(line):
        return (1 if "=" in line else 2), before, True
    return None


def _section(level: int, title: str, line: int, text: str, taken: dict[str, int]) -> Section:
    words, slug = _named(title)
    return Section(level, _unique(slug, taken) if title else "", words, line, text.strip("\n"))


@lru_cache(maxsize=4096)
def _named(title: str) -> tuple[str, str]:
    """A heading's plain words, and its anchor: its own, or the one that the renderer makes of its words. Many files share headings."""
    own = OWN_ID.search(title)
    words = plain_text(ATTRIBUTES.sub("", OWN_ID.sub("", title)))
    return words, own[1] if own else anchor(words)


def _unique(slug: str, taken: dict[str, int]) -> str:
    """The anchor as the renderer numbers it when it is taken."""
    count = taken.get(slug, -1) + 1
    taken[slug] = count
    return f"{slug}_{count}" if count else slug


def plain_text(text: str) -> str:
    """Markdown -> its words on one line, without marks, tags, link targets and template commands."""
    if not MARKED.search(text):
        return text.strip()
    for pattern, signs in DROPPED:
        for sign in signs:
            if sign in text:
                text = pattern.sub(" ", text)
                break
    if "](" in text or "][" in text:
        text = LINK.sub(r"\1", PICTURE.sub(r"\1", text))
    text = text.translate(MARKS)
    if "_" in text:
        text = UNDERSCORES.sub("", text)
    return " ".join((unescape(text) if "&" in text else text).split())
