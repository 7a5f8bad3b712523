"""The playbook: scripts and answers before a sale, as files in content/playbook/, searched and inserted beside the composer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from app.lib.content import Document, Problem, check, document, documents
from app.lib.markdown import render_article


@dataclass(frozen=True)
class Play:
    """One script: what it is for, and its words as text (to insert) and markup (to read)."""

    slug: str
    title: str
    when: str
    words: str

    @property
    def markup(self) -> Markup:
        return Markup(render_article(self.words).html)  # noqa: S704 - cleaned by the renderer


def plays(words: str = "") -> list[Play]:
    """All scripts in the order of their files, or those that hold every word."""
    wanted = words.lower().split()
    return [play for play in map(read, documents("playbook")) if all(word in holds(play) for word in wanted)]


def play(slug: str) -> Play | None:
    found = document("playbook", slug)
    return read(found) if found else None


def read(page: Document) -> Play:
    title = str(page.meta.get("title") or page.slug.replace("-", " ").capitalize())
    return Play(slug=page.slug, title=title, when=str(page.meta.get("when") or ""), words=page.body.strip())


def holds(play: Play) -> str:
    return f"{play.title} {play.when} {play.words}".lower()


@check("playbook")
def problems() -> Iterable[Problem]:
    """What editors should mend in content/playbook/."""
    for page in documents("playbook"):
        if not page.meta.get("title"):
            yield page.problem("a script needs a title")
        if not page.meta.get("when"):
            yield page.problem("say in `when:` for which situation this is")
        if not page.body.strip():
            yield page.problem("there are no words to say")
