"""The trained brain of this installation: kept in the instance folder under a hash of what it learnt, made again when that changes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from flask import current_app

from app.bot import intents
from app.lib.intents import Brain
from app.lib.intents.features import spoken
from app.lib.search.words import meaningful

VERSION = 1


def brain() -> Brain | None:
    """The brain for today's intents; None when there are none. Learning takes about a second, so call it in errands and commands."""
    examples = intents.examples()
    if not examples:
        return None
    name = hashlib.sha256(json.dumps([VERSION, sorted(examples)]).encode()).hexdigest()[:24]
    kept: dict[str, Brain] = current_app.extensions.setdefault("bot.brain", {})
    if name not in kept:
        kept.clear()
        kept[name] = learnt(examples, folder() / f"{name}.brain")
    return kept[name]


def is_familiar(brain: Brain, words: str) -> bool:
    """Whether at least half of the words that count occur in the examples, slips put right: likeness of letters alone proves nothing."""
    found = brain.speller.put_right(meaningful(spoken(words)))
    return sum(word in brain.speller.used for word in found) * 2 >= len(found)


def folder() -> Path:
    found: Path = current_app.config["SETTINGS"].instance / "bot"
    found.mkdir(parents=True, exist_ok=True)
    return found


def learnt(examples: list[tuple[str, str]], path: Path) -> Brain:
    """Read from the file, or learn and write it; older ones are put away."""
    try:
        return Brain.load(path)
    except (OSError, ValueError):
        brain = Brain.train(examples)
        brain.dump(path)
        for other in path.parent.glob("*.brain"):
            if other != path:
                other.unlink(missing_ok=True)
        return brain
