"""A markdown file to begin with, from questions that found no answer. What tells who asked is blotted out, where grammar shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import yaml

from app.help.models.asked import Asked
from app.help.models.blots import blotted
from app.lib import clock

KINDS = ("article", "intent")
MOST = 15
FRESH = timedelta(days=180)
CHECK = "# These are the words of real people: take out what tells who they are (names, places, dates) before you keep this."


def draft(kind: str, asked: Sequence[Asked]) -> tuple[str, str]:
    """(file name, text) of an article or a bot's intent. `asked` are the questions of one gap, the newest first; there is at least one."""
    lines = list(dict.fromkeys(blotted(one.words) for one in asked))[:MOST]
    title = lines[0][:1].upper() + lines[0][1:]
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "new"
    meta: dict[str, object] = {"id": name, "title": title}
    if kind == "intent":
        return f"{name}.md", text_of({**meta, "ask": lines}, "Write the answer here, in two or three sentences.")
    review = (clock.now() + FRESH).date()
    about = {
        "description": "One sentence that says what this answers.",
        "owner": "",
        "review_by": review,
        "status": "draft",
        "answers": lines,
    }
    return f"{name}.md", text_of({**meta, **about}, "Write the answer first, then the steps.")


def text_of(meta: dict[str, object], body: str) -> str:
    return f"---\n{CHECK}\n{yaml.safe_dump(meta, sort_keys=False, allow_unicode=True, width=1000)}---\n{body}\n"
