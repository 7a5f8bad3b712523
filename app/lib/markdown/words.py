"""What strangers write (chat, tickets, forum, comments): a small markdown, no HTML, bounded in size and time."""

from __future__ import annotations

import re
import threading
from re import Match

import mistune
from markupsafe import Markup
from mistune.block_parser import BlockParser
from mistune.core import BlockState, InlineState
from mistune.inline_parser import InlineParser
from mistune.plugins.formatting import strikethrough
from mistune.plugins.url import url

from app.lib.markdown.budget import Budget, Overtime
from app.lib.markdown.clean import clean_words

MAX_BYTES = 20_000
MAX_NESTING = 12
SECONDS = 0.5
SHOWN_MARKS = re.compile(r"\[([^\[\]\n]+)\]\([^()\s]*\)|\*\*(\S[^*\n]*)\*\*|^> ?", re.MULTILINE)


def render_words(text: str) -> Markup:
    """Untrusted text -> safe HTML: emphasis, lists, quotes, code, links (marked `nofollow ugc noopener`).

    Raw HTML shows as typed. Past `MAX_BYTES` of UTF-8 the rest is cut with an ellipsis (callers refuse
    earlier if that matters to them); past the time budget the text comes back as escaped paragraphs.
    """
    text = _cut(text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"))
    try:
        html = _reader(SECONDS).convert(text)
    except (Overtime, RecursionError):
        html = _paragraphs(text)
    return Markup(clean_words(html))  # noqa: S704 - it has just been through nh3


def one_line(text: str, room: int = 160) -> str:
    """The first words on one line of at most `room` characters, for a list: bold, links and quotes without their marks."""
    begun = SHOWN_MARKS.sub(lambda found: found[1] or found[2] or "", text[: 4 * room])
    flat = " ".join(begun.split())
    return flat if len(flat) <= room else flat[: room - 1].rstrip() + "…"


def plain_html(text: str) -> str:
    """The same small markdown without the limits of size: the way out for articles that python-markdown
    cannot take. The result still has to be cleaned."""
    try:
        return _reader(5.0).convert(text)
    except (Overtime, RecursionError):
        return _paragraphs(text)


def _cut(text: str) -> str:
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= MAX_BYTES else raw[:MAX_BYTES].decode("utf-8", "ignore") + "…"


def _paragraphs(text: str) -> str:
    blocks = (mistune.escape(block).replace("\n", "<br>") for block in text.split("\n\n"))
    return "".join(f"<p>{block}</p>" for block in blocks)


class _Blocks(BlockParser):
    budget: Budget

    def parse_method(self, m: Match[str], state: BlockState) -> int | None:
        self.budget.check()
        return super().parse_method(m, state)


class _Inline(InlineParser):
    budget: Budget

    def parse_method(self, m: Match[str], state: InlineState) -> int | None:
        self.budget.check()
        return super().parse_method(m, state)


class _Renderer(mistune.HTMLRenderer):
    """Headings start at level 3: a stranger's title never outranks the page's own."""

    def heading(self, text: str, level: int, **attrs: object) -> str:
        return super().heading(text, min(level + 2, 6))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return self.link(text or url, url, title)


class _Reader:
    def __init__(self) -> None:
        self.budget = Budget(SECONDS)
        blocks = _Blocks(max_nested_level=MAX_NESTING)
        inline = _Inline(hard_wrap=True)
        blocks.budget = inline.budget = self.budget
        renderer = _Renderer(escape=True)
        self.markdown = mistune.Markdown(renderer, blocks, inline, plugins=[strikethrough, url])

    def convert(self, text: str) -> str:
        self.budget.start()
        html = self.markdown(text)
        return html if isinstance(html, str) else ""


_local = threading.local()


def _reader(seconds: float) -> _Reader:
    if not hasattr(_local, "reader"):
        _local.reader = _Reader()
    reader: _Reader = _local.reader
    reader.budget.seconds = seconds
    return reader
