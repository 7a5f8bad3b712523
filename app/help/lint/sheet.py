"""One file as the rules see it: its lines with code blanked out, and where each stands in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from app.help.catalog import Catalog
from app.help.models.articles import Article
from app.help.places import OWN
from app.lib import content, markdown
from app.lib.content import Document, Problem

ERROR, ADVICE = "error", "advice"
Finding = tuple[str, Problem]
FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
COMMENT = re.compile(r"<!--.*?-->")


@dataclass
class Sheet:
    """A document under the rules. `path` is where its links start from (`help/basics/a.md`); `article` is None for questions."""

    document: Document
    path: str
    catalog: Catalog
    article: Article | None = None
    own: bool = True
    found: list[Finding] = field(default_factory=list)

    @cached_property
    def lines(self) -> list[tuple[int, str]]:
        """(line of the file, text) of the body, code and comments blanked out."""
        fence, out = "", []
        for number, line in enumerate(self.document.body.split("\n"), self.document.body_line):
            mark = FENCE.match(line)
            if mark and (not fence or mark[1].startswith(fence)):
                fence = "" if fence else mark[1]
                line = ""
            out.append((number, "" if fence else CODE.sub(blank, COMMENT.sub(blank, line))))
        return out

    @cached_property
    def sections(self) -> list[markdown.Section]:
        return markdown.sections_of(self.document.body)

    def at(self, line: int, message: str, kind: str = ERROR) -> Finding:
        return kind, Problem(content.shown(self.document.path), line, message)

    def in_head(self, key: str, message: str, kind: str = ERROR) -> Finding:
        return kind, self.document.problem(message, key)


def blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def sheets(catalog: Catalog) -> Iterator[Sheet]:
    """Every readable file of the catalogue, then the questions."""
    for article in catalog.articles:
        document = article.source()
        if document is not None:
            yield Sheet(document, article.path, catalog, article, article.mount == OWN)
    for document in content.documents("faq"):
        inside = document.path.relative_to(content.root()).as_posix()
        yield Sheet(document, inside, catalog)


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
