"""content/faq: one file for each topic, one `##` heading for each question.

---
title: Payments and invoices
icon: credit-card
order: 3
questions:
  split-pay: {ask: [can i pay in parts], related: [split-pay], at: [checkout]}
---
## Can I split the payment? {: #split-pay }
Yes. …
"""

from __future__ import annotations

import re
from typing import Any

from app.help.models.articles import AUDIENCES, Faq, Topic
from app.lib import content, markdown
from app.lib.content import Document, Problem

PLACES = ("checkout", "widget", "home", "contact")
OWN_ID = re.compile(r"\{:?[^}]*#[\w-]+")
KNOWN = {"ask", "related", "at", "audience"}


def read_all() -> tuple[list[Topic], list[Faq], list[Problem]]:
    """Every topic with its questions, in order; ids that are taken get the topic in front."""
    topics: list[Topic] = []
    faqs: list[Faq] = []
    problems = content.problems("faq")
    taken: dict[str, str] = {}
    for document in sorted(content.documents("faq"), key=place):
        topic = topic_of(document)
        topics.append(topic)
        for faq in questions_of(document, topic, problems):
            if faq.id in taken:
                problems.append(Problem(faq.path, faq.line, f"The question id `{faq.id}` is also used in {taken[faq.id]}."))
                continue
            taken[faq.id] = faq.path
            faqs.append(faq)
    return topics, faqs, problems


def place(document: Document) -> tuple[float, str]:
    order = document.meta.get("order", 100)
    return (float(order) if isinstance(order, (int, float)) else 100.0, document.slug)


def topic_of(document: Document) -> Topic:
    meta = document.meta
    title = str(meta.get("title") or document.slug.replace("-", " ").capitalize())
    return Topic(document.slug, title, str(meta.get("description", "")), str(meta.get("icon", "circle-help")), int(place(document)[0]))


def questions_of(document: Document, topic: Topic, problems: list[Problem]) -> list[Faq]:
    notes = document.meta.get("questions")
    notes = notes if isinstance(notes, dict) else {}
    found = [
        made(document, topic, section, notes.get(section.anchor), problems)
        for section in markdown.sections_of(document.body)
        if section.level == 2 and section.title
    ]
    for anchor in notes.keys() - {faq.id for faq in found}:
        problems.append(document.problem(f"`questions: {anchor}` has no heading with the anchor `#{anchor}`.", str(anchor)))
    if not found:
        problems.append(document.problem("There are no questions (headings that begin with ##) in this file."))
    return found


def made(document: Document, topic: Topic, section: markdown.Section, note: Any, problems: list[Problem]) -> Faq:
    path, line = content.shown(document.path), section.line + document.body_line - 1
    note = note if isinstance(note, dict) else {}
    for key in note.keys() - KNOWN:
        problems.append(document.problem(f"`{key}` is not known for a question; use {', '.join(sorted(KNOWN))}.", str(key)))
    if not OWN_ID.search(document.body.split("\n")[section.line - 1]):
        problems.append(Problem(path, line, f"Give this question an anchor that stays: `{{: #{section.anchor} }}`."))
    if not section.text.strip():
        problems.append(Problem(path, line, "The question has no answer."))
    audience = str(note.get("audience", "public"))
    return Faq(
        id=section.anchor,
        topic=topic.slug,
        topic_title=topic.title,
        question=section.title,
        answer=section.text,
        html=str(markdown.render_article(section.text).html),
        path=path,
        line=line,
        ask=listed(note.get("ask")),
        related=listed(note.get("related")),
        at=tuple(name for name in listed(note.get("at")) if name in PLACES),
        audience=audience if audience in AUDIENCES else "public",
    )


def listed(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value] if value else []
    return tuple(str(item) for item in items)
