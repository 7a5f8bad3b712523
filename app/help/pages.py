"""An article as it is shown: rendered once for each version of its text, links led to where they belong, steps cut apart."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from time import monotonic

from markupsafe import Markup

from app.help.catalog import Catalog
from app.help.library import library
from app.help.links import led
from app.help.models.articles import Article
from app.lib import content, markdown
from app.lib.search.segment import write

STEP = re.compile(r"step \d+\b|\d+[.)]\s", re.I)


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
    return Body(Markup(led(kept["html"], article.path, catalog)), Markup(kept["toc"]), tuple(kept["problems"]))  # noqa: S704 - cleaned when it was rendered


def rendered(article: Article) -> dict[str, str]:
    """The cached rendering by hash of the text and version of the renderer."""
    path = place_of(article)
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


def place_of(article: Article) -> Path:
    return library().folder / "html" / article.hash[:2] / f"{article.hash}-{markdown.RENDERER_VERSION}.json"


def render_ahead(catalog: Catalog, seconds: float) -> int:
    """Render what nobody has asked for yet until the time is up; gives how many. The next call goes on where this one ended."""
    until, count = monotonic() + seconds, 0
    for article in catalog.articles:
        path = place_of(article)
        if not path.is_file():
            render(article, path)
            count += 1
            if monotonic() > until:
                break
    return count


def forget_renderings(catalog: Catalog) -> None:
    """Remove cached renderings of texts and renderer versions that are no more."""
    used = {f"{article.hash}-{markdown.RENDERER_VERSION}.json" for article in catalog.articles}
    for path in (library().folder / "html").glob("*/*.json"):
        if path.name not in used:
            path.unlink(missing_ok=True)


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
