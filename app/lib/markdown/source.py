"""Markdown read without rendering it: title, headings and plain words for an index, a few hundred files a second.

Good enough to find things by, not to show them. Anchors follow the renderer's own rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from app.lib.markdown.article import anchor

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
UNDERSCORES = re.compile(r"(?<!\w)_+|_+(?!\w)")
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
    level, title, begun, lines = 0, "", 1, [""]
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = FENCE.match(line)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        head = None if fence or mark else _heading(line, lines[-1])
        if head is None:
            lines.append(line)
            continue
        if head[2]:
            lines.pop()
        found.append(Section(level, _unique(title, taken), plain_text(_titled(title)), begun, "\n".join(lines).strip("\n")))
        level, title, begun, lines = head[0], head[1], number - head[2], [""]
    found.append(Section(level, _unique(title, taken), plain_text(_titled(title)), begun, "\n".join(lines).strip("\n")))
    return found if found[0].text.strip() else found[1:]


def _heading(line: str, before: str) -> tuple[int, str, int] | None:
    """(level, words, lines above that belong to it) when this line makes a heading."""
    if line[:1] in "# " and (atx := ATX.match(line)):
        return len(atx[1]), atx[2], 0
    if line[:1] in "=- " and before.strip() and before[:1] not in " \t|>-*#<" and UNDERLINE.match(line):
        return (1 if "=" in line else 2), before, 1
    return None


def _titled(title: str) -> str:
    return ATTRIBUTES.sub("", OWN_ID.sub("", title))


def _unique(title: str, taken: dict[str, int]) -> str:
    """The anchor that the renderer will give this heading: its own, or its words, numbered when taken."""
    if not title:
        return ""
    own = OWN_ID.search(title)
    slug = own[1] if own else anchor(plain_text(_titled(title)))
    count = taken.get(slug, -1) + 1
    taken[slug] = count
    return f"{slug}_{count}" if count else slug


def plain_text(text: str) -> str:
    """Markdown -> its words on one line, without marks, tags, link targets and template commands."""
    if not MARKED.search(text):
        return text.strip()
    for pattern, signs in DROPPED:
        if any(sign in text for sign in signs):
            text = pattern.sub(" ", text)
    if "](" in text or "][" in text:
        text = LINK.sub(r"\1", PICTURE.sub(r"\1", text))
    text = text.translate(MARKS)
    if "_" in text:
        text = UNDERSCORES.sub("", text)
    return " ".join((unescape(text) if "&" in text else text).split())
