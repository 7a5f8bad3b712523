"""One file -> one article with what the index needs of it. Nothing a file holds can raise here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.help.meta import Reader, fields
from app.help.models.articles import Article
from app.help.owners import owner_of, owner_rules
from app.help.places import Mount, address, humanised
from app.lib import content, markdown
from app.lib.content import Document, Problem

LONGEST_INDEXED = 300_000
FRONT = re.compile(r"\A---\n.*?\n---[ \t]*\n", re.S)


@dataclass
class Draft:
    """An article as read, its words for the index, and what is wrong with its file."""

    article: Article
    text: str = ""
    other_titles: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


def read(mount: Mount, path: Path, inside: str, size: int) -> tuple[Draft | None, list[Problem]]:
    """Read a file of a mount. In the firm's own tree a broken file is left out; elsewhere it is shown without front matter."""
    try:
        document, notes = content.read(path, size)
    except OSError as error:
        return None, [Problem(str(path), 1, f"The file cannot be read: {error.strerror}.")]
    problems = list(notes)
    if document is None and not mount.own and size <= content.LARGEST:
        document = bare(path)
    if document is None:
        return None, problems
    return drafted(mount, document, inside, problems), problems


def bare(path: Path) -> Document:
    """The file without its broken front matter."""
    text, _ = content.decoded(path.read_bytes(), str(path))
    body = FRONT.sub("", text, count=1)
    return Document(path, {}, body, content.shown(path.with_suffix("")), text[: len(text) - len(body)])


def drafted(mount: Mount, document: Document, inside: str, problems: list[Problem]) -> Draft:
    reader = Reader(document, strict=mount.own, owner=owner_of(f"{mount.name}/{inside}", owner_rules()) if mount.own else "")
    found = fields(reader)
    sections = markdown.sections_of(document.body[:LONGEST_INDEXED])
    top = next((section for section in sections if section.level == 1 and section.title), None)
    category, slug = address(mount, inside)
    own_title = found.pop("title")
    title = own_title or (top.title if top else "") or humanised(slug.rpartition("/")[2]) or "Untitled"
    if not own_title and not top:
        problems.append(document.problem("There is no title, neither in the front matter nor as a heading."))
    if not document.body.strip():
        problems.append(document.problem("The file is empty."))
    text = " ".join(part for section in sections for part in (section.title, markdown.plain_text(section.text)) if part)
    article = Article(
        id=identity(mount, document, category, slug),
        category=reader.words("category") if mount.own and reader.words("category") else category,
        slug=slug,
        title=title[:200],
        path=f"{mount.name}/{inside}",
        file=str(document.path),
        hash=sha256(document.body.encode("utf-8", "replace")).hexdigest()[:32],
        words=text.count(" ") + 1 if text else 0,
        headings=tuple((section.level, section.anchor, section.title) for section in sections if section.title),
        mount=mount.name,
        **found,
    )
    problems += reader.problems
    return Draft(article, text, other_titles(top.title if top else "", title, inside), problems)


def identity(mount: Mount, document: Document, category: str, slug: str) -> str:
    """The immutable id an editor gave; for mounted trees and forgetful editors the address stands in."""
    given: Any = document.meta.get("id")
    return str(given)[:80] if mount.own and given else f"{category}/{slug}"[:118]


def other_titles(heading: str, title: str, inside: str) -> tuple[str, ...]:
    """What the file is also called: a heading that differs from its title, and its name."""
    stem = humanised(inside.rpartition("/")[2].rpartition(".")[0])
    return tuple(name for name in (heading, stem) if name and name.lower() != title.lower())
