"""The linter of content/: the same rules on the command line, in CI and at the desk."""

from __future__ import annotations

from collections.abc import Iterator

from app.help.library import library
from app.help.lint import books, links, structure, wording
from app.help.lint.sheet import ADVICE, ERROR, Finding, Sheet, sheets
from app.help.places import OWN
from app.lib import content

__all__ = ["ADVICE", "ERROR", "Finding", "findings"]


def findings() -> Iterator[Finding]:
    """(error or advice, problem) for everything the rules find. In mounted trees, which are not ours to mend, all is advice."""
    catalog = library().refresh()
    ours = {content.shown(content.root() / name) for name in (OWN, "faq")}
    for problem in catalog.problems:
        mine = problem.path.partition("/")[0] in ours
        yield (ERROR if mine and not problem.message.startswith(MILD) else ADVICE), problem
    yield from books.findings(catalog)
    for sheet in sheets(catalog):
        yield from each(sheet)


def each(sheet: Sheet) -> Iterator[Finding]:
    for rule in (links.rules, structure.rules, wording.rules):
        for kind, problem in rule(sheet):
            yield (kind if sheet.own else ADVICE), problem


# What is said while reading, but stops nobody.
MILD = ("The title has", "The description has", "Give this question")
