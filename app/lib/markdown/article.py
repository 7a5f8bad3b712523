"""Committed markdown -> `Rendered`.

The extension set was measured on 4,700 real files without an exception (median 6 ms). Rendering
belongs to index time; a page reads the cache. Text that trips the parser (too deep, too slow) is
rendered by the plain renderer instead and says so in `problems`: a bad file never costs the site.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

import markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.extensions.toc import slugify_unicode
from markdown.inlinepatterns import Pattern
from markupsafe import Markup

from app.lib.markdown import outline
from app.lib.markdown.budget import Budget, Overtime
from app.lib.markdown.callouts import GitHubCallouts
from app.lib.markdown.clean import clean_article
from app.lib.markdown.words import plain_html

RENDERER_VERSION = "1"
SECONDS = 5.0
DEEPEST_INDENT = 100
MAX_OPEN_BRACKETS = 400
# Ids that the page around an article uses: a heading of that name gets another anchor.
PAGE_IDS = "main content top nav header footer menu search chat toc bubble banner notices notice"
RESERVED_IDS = frozenset(PAGE_IDS.split())

EXTENSIONS = [
    "markdown.extensions.tables",
    "markdown.extensions.attr_list",
    "markdown.extensions.md_in_html",
    "markdown.extensions.footnotes",
    "markdown.extensions.def_list",
    "markdown.extensions.abbr",
    "markdown.extensions.sane_lists",
    "markdown.extensions.admonition",
    "markdown.extensions.toc",
    "pymdownx.superfences",
    "pymdownx.highlight",
    "pymdownx.inlinehilite",
    "pymdownx.tabbed",
    "pymdownx.tasklist",
    "pymdownx.details",
    "pymdownx.blocks.admonition",
    "pymdownx.blocks.details",
    "pymdownx.blocks.tab",
    "pymdownx.keys",
    "pymdownx.betterem",
    "pymdownx.magiclink",
]
FIRST_TITLE = re.compile(r"^\s*<h1[^>]*>(.*?)</h1>", re.S)
MORE_TITLES = re.compile(r"<(/?)h1\b")
LINKED_HEADING = re.compile(r'<h([2-4]) id="([^"]*)"([^>]*)>((?:(?!<a\b).)*?)</h\1>', re.S)


@dataclass(frozen=True)
class Rendered:
    """A rendered article. `html` is without the leading `<h1>`, which is `title` ('' when there is none);
    `toc` is a nested list or empty; `words` counts what a reader sees; `problems` are sentences for editors."""

    html: Markup
    title: str
    toc: Markup
    headings: tuple[outline.Heading, ...]
    words: int
    links: tuple[str, ...]
    images: tuple[outline.Image, ...]
    problems: tuple[str, ...] = ()


def render_article(text: str) -> Rendered:
    """Render one article's markdown (without its front matter). Never raises for any text; takes at most
    about `SECONDS` seconds. Only for committed files: strangers' words go to `render_words`."""
    html, problems = _convert(text)
    html = clean_article(html)
    first = FIRST_TITLE.match(html)
    title = outline.plain(first[1]) if first else ""
    html = MORE_TITLES.sub(r"<\1h2", html[first.end() :] if first else html)
    headings = outline.headings_of(html)
    return Rendered(
        html=Markup(_furnish(html)),  # noqa: S704 - it has just been through nh3
        title=title,
        toc=Markup(outline.toc_of(headings)),  # noqa: S704 - built from escaped parts
        headings=headings,
        words=outline.count_words(html),
        links=outline.links_of(html),
        images=outline.images_of(html),
        problems=problems,
    )


def _convert(text: str) -> tuple[str, tuple[str, ...]]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    reason = _too_odd(text)
    if not reason:
        try:
            return _renderer().convert(text), ()
        except RecursionError:
            reason = "nested too deeply"
        except Overtime as over:
            reason = str(over)
        except Exception as error:
            reason = f"the renderer failed ({type(error).__name__})"
    return plain_html(text), (f"{reason}: shown in plain rendering",)


def _too_odd(text: str) -> str:
    """Why python-markdown must not see this text ('' when it may)."""
    if re.search(rf"^(?: {{{DEEPEST_INDENT},}}|(?:> ?){{{DEEPEST_INDENT // 2},}})\S", text, re.M):
        return "nested too deeply"
    if any(block.count("[") - block.count("]") > MAX_OPEN_BRACKETS for block in text.split("\n\n")):
        return "too many open brackets"
    return ""


def _furnish(html: str) -> str:
    """Headings link to themselves; code and tables can be scrolled by keyboard; pictures load late."""
    html = LINKED_HEADING.sub(r'<h\1 id="\2"\3><a class="anchor" href="#\2">\4</a></h\1>', html)
    html = html.replace("<pre>", '<pre tabindex="0">').replace("<img ", '<img loading="lazy" decoding="async" ')
    html = html.replace("<table>", '<div class="table-scroll" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>") if "table-scroll" in html else html


class _Guard(BlockProcessor):
    """Matches nothing; is asked for every block, so the budget is checked there."""

    def __init__(self, md: markdown.Markdown, budget: Budget) -> None:
        super().__init__(md.parser)
        self.budget = budget

    def test(self, parent: object, block: str) -> bool:
        self.budget.check()
        return False

    def run(self, parent: object, blocks: list[str]) -> None:
        """Never called."""


class _House(Extension):
    """Our own additions: GitHub callouts, and the budget in blocks and inline patterns."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self.budget = budget

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        md.preprocessors.register(GitHubCallouts(md), "github-callouts", 35)
        md.parser.blockprocessors.register(_Guard(md, self.budget), "budget", 1000)

    def guard_patterns(self, md: markdown.Markdown) -> None:
        for pattern in md.inlinePatterns:
            pattern.handleMatch = self._guarded(pattern)  # type: ignore[method-assign,assignment]

    def _guarded(self, pattern: Pattern) -> Callable[..., object]:
        handle = pattern.handleMatch

        def checked(*args: object) -> object:
            self.budget.check()
            return handle(*args)  # type: ignore[arg-type]

        return checked


class _Renderer:
    """python-markdown with all extensions; one per thread, because it keeps state while it works."""

    def __init__(self) -> None:
        self.budget = Budget(SECONDS)
        house = _House(self.budget)
        self.md = markdown.Markdown(extensions=[*EXTENSIONS, house], extension_configs=CONFIGS)
        house.guard_patterns(self.md)

    def convert(self, text: str) -> str:
        self.budget.start()
        self.md.reset()
        return self.md.convert(text)


def anchor(text: str, separator: str = "-") -> str:
    """The anchor of a heading with these words (before it is made unique in its page)."""
    slug = slugify_unicode(text, separator) or "section"
    return f"{slug}{separator}section" if slug in RESERVED_IDS else slug


CONFIGS: dict[str, dict[str, object]] = {
    "markdown.extensions.toc": {"slugify": anchor},
    "pymdownx.highlight": {"guess_lang": False, "anchor_linenums": False},
    "pymdownx.tabbed": {"alternate_style": True},
    "pymdownx.superfences": {"custom_fences": []},
    "pymdownx.magiclink": {"hide_protocol": False},
}
_local = threading.local()


def _renderer() -> _Renderer:
    if not hasattr(_local, "renderer"):
        _local.renderer = _Renderer()
    renderer: _Renderer = _local.renderer
    return renderer
