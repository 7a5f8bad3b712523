"""Headings in order, no raw HTML that will be dropped, no template commands, files of a bearable size."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.help.lint.sheet import ADVICE, Finding, Sheet, size_of
from app.lib.markdown.clean import ARTICLE_TAGS

LARGEST = 300_000
TAG = re.compile(r"<([a-zA-Z][\w-]*)(?=[\s/>])")
BRACES = re.compile(r"\{\{|\{%")
STEP = re.compile(r"step (\d+)\b", re.I)


def rules(sheet: Sheet) -> Iterator[Finding]:
    yield from headings(sheet)
    for line, text in sheet.lines:
        for tag in TAG.findall(text):
            if tag.lower() not in ARTICLE_TAGS:
                yield sheet.at(line, f"<{tag.lower()}> is not allowed and will be dropped.")
        if BRACES.search(text):
            yield sheet.at(line, "Template commands are shown as they stand; put them into code if that is meant.")
    if (size := size_of(sheet.document.path)) > LARGEST:
        yield sheet.at(1, f"The file has {size // 1000} kB; {LARGEST // 1000} are the most.")
    if sheet.article and sheet.article.guide:
        yield from steps(sheet)


def headings(sheet: Sheet) -> Iterator[Finding]:
    before = 1
    for place, section in enumerate(sheet.sections):
        line = section.line + sheet.document.body_line - 1
        if section.level == 1 and place:
            yield sheet.at(line, "Only the title is a first-level heading; begin this one with ##.")
        elif section.level > before + 1:
            yield sheet.at(line, f"The heading “{section.title}” jumps from level {before} to {section.level}.")
        if section.level and not section.title:
            yield sheet.at(line, "A heading has no words.")
        before = section.level or before


def steps(sheet: Sheet) -> Iterator[Finding]:
    """A guide's steps are numbered without a gap."""
    numbers = [(int(found[1]), section.line) for section in sheet.sections if (found := STEP.match(section.title))]
    if not numbers:
        yield sheet.in_head("guide", "A guide needs headings like `## Step 1: …`.")
    for wanted, (number, line) in enumerate(numbers, 1):
        if number != wanted:
            yield sheet.at(line + sheet.document.body_line - 1, f"Step {number} should be step {wanted}.", ADVICE)
            return
