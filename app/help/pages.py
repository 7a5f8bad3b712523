"""An article as it is shown: rendered once for each version of its text, links led to where they belong, steps cut apart."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from posixpath import normpath
from urllib.parse import quote, unquote

from markupsafe import Markup

from app.help.catalog import Catalog
from app.help.library import library
from app.help.models.articles import Article
from app.help.places import SUFFIXES
from app.lib import content, markdown
from app.lib.search.segment import write

STEP = re.compile(r"step \d+\b|\d+[.)]\s", re.I)
TARGET = re.compile(r'(<(?:a|img|video|source)\b[^>]*?\s(?:href|src))="([^"]*)"')
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


@dataclass(frozen=True)
class Body:
    """A rendered article: `html` whole, or as `lead` and `steps` when it is a guide."""

    html: Markup
    toc: Markup
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a guide: its anchor, its heading, and everything up to the next heading."""

    anchor: str
    title: str
    html: Markup


def body_of(article: Article, catalog: Catalog) -> Body:
    """The article's HTML from the cache, rendered first if need be; links resolved against today's catalogue."""
    kept = rendered(article)
    html = TARGET.sub(lambda found: f'{found[1]}="{resolved(unescape(found[2]), article, catalog)}"', kept["html"])
    return Body(Markup(html), Markup(kept["toc"]), tuple(kept["problems"]))  # noqa: S704 - cleaned when it was rendered


def rendered(article: Article) -> dict[str, str]:
    """The cached rendering by hash of the text and version of the renderer."""
    path = library().folder / "html" / f"{article.hash[:2]}" / f"{article.hash}-{markdown.RENDERER_VERSION}.json"
    try:
        loaded: dict[str, str] = json.loads(path.read_bytes())
        return loaded
    except (OSError, ValueError):
        return render(article, path)


def render(article: Article, path: Path) -> dict[str, str]:
    made = markdown.render_article(text_of(article))
    words = {"html": str(made.html), "toc": str(made.toc), "problems": list(made.problems), "title": made.title}
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, json.dumps(words).encode())
    return words  # type: ignore[return-value]


def text_of(article: Article) -> str:
    """The markdown under the front matter; for a mounted file with broken front matter everything after it."""
    found = article.source()
    if found is not None:
        return found.body
    try:
        text, _ = content.decoded(Path(article.file).read_bytes(), article.path)
    except OSError:
        return ""
    return re.sub(r"\A---\n.*?\n---[ \t]*\n", "", text, count=1, flags=re.S)


def resolved(target: str, article: Article, catalog: Catalog) -> str:
    """Where a link of the article leads: other articles by file, pictures and files to the media address, the rest unchanged."""
    address, mark, anchor = target.partition("#")
    if not address or OUTSIDE.match(address):
        return escape(target)
    place = inside(article, address)
    if place.lower().endswith(SUFFIXES) or "." not in place.rpartition("/")[2]:
        other = find_file(place, catalog) if not address.startswith("/") or article.mount != "help" else None
        return escape(f"{other.url}{mark}{anchor}" if other else target)
    if address.startswith(("/help/", "/assets/")) or (address.startswith("/") and article.mount == "help"):
        return escape(target)
    return escape(f"/help/media/{quote(place)}")


def inside(article: Article, address: str) -> str:
    """The path of a link's target from the root of the mounts: `help/tutorials/x.md`."""
    address = unquote(address.partition("?")[0])
    base = article.mount if address.startswith("/") else article.path.rpartition("/")[0]
    return normpath(f"{base}/{address.lstrip('/')}").removeprefix("../")


def find_file(place: str, catalog: Catalog) -> Article | None:
    for name in (place, f"{place}.md", f"{place}/index.md", f"{place}/README.md"):
        if name in catalog.by_path:
            return catalog.by_path[name]
    return None


def steps_of(html: Markup) -> tuple[Markup, list[Step], Markup]:
    """(what stands before the first step, the steps, what follows the last): headings that begin with "Step 3" or "3."."""
    pieces = [piece for piece in re.split(r'(?=<h2 id=")', str(html)) if piece]
    lead, steps, rest = "", list[Step](), ""
    for piece in pieces:
        found = re.match(r'<h2 id="([^"]*)"[^>]*>(.*?)</h2>', piece, re.S)
        title = unescape(re.sub(r"<[^>]*>", "", found[2])).strip() if found else ""
        if found and STEP.match(title) and not rest:
            steps.append(Step(unescape(found[1]), title, Markup(piece)))  # noqa: S704 - a piece of cleaned HTML
        elif steps:
            rest += piece
        else:
            lead += piece
    return Markup(lead), steps, Markup(rest)  # noqa: S704 - pieces of cleaned HTML


def step_anchors(article: Article) -> list[str]:
    """The anchors of a guide's steps, from the catalogue."""
    return [anchor for level, anchor, title in article.headings if level == 2 and STEP.match(title)] if article.guide else []
