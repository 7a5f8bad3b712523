"""What this installation learned: kept in the instance folder under a hash of what it learnt from, made again when that changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import structlog
from flask import current_app

from app.bot import intents
from app.lib.intents import Brain, SemanticBrain
from app.lib.meaning import Encoder

log = structlog.get_logger("frontdesk.bot")
VERSION = 7
MODEL = "meaning.safetensors"
Examples = Sequence[tuple[str, str]]
Mind = Brain | SemanticBrain
Some = TypeVar("Some", Brain, SemanticBrain)
Read = TypeVar("Read")


def brain() -> Mind | None:
    """The brain for today's intents; None when there are none. Learning takes seconds, so call it in errands and commands."""
    examples = intents.examples()
    if not examples:
        return None
    words = kept("brain", examples, Brain.train)
    found = encoder()
    return kept_meaning(words, examples, found) if found else words


def kept(kind: str, examples: Examples, train: Callable[[Examples], Brain]) -> Brain:
    """The brain of this kind for these examples."""
    return remembered(kind, named(VERSION, examples), Brain.load, lambda: train(examples))


def kept_meaning(words: Brain, examples: Examples, encoder: Encoder) -> SemanticBrain:
    """The same with the sentence model on top."""

    def load(path: Path) -> SemanticBrain:
        return SemanticBrain.load(path, words, encoder)

    def train() -> SemanticBrain:
        return SemanticBrain.train(examples, encoder, words=words)

    return remembered("meaning", named(VERSION, examples, encoder.version), load, train)


def remembered(kind: str, name: str, load: Callable[[Path], Some], train: Callable[[], Some]) -> Some:
    """What goes by this kind and name: from memory, from its file, or learned now and written down."""
    have: dict[str, tuple[str, Some]] = current_app.extensions.setdefault("bot.brains", {})
    if kind not in have or have[kind][0] != name:
        have[kind] = (name, learnt(folder() / f"{name}.{kind}", load, train))
    return have[kind][1]


def encoder() -> Encoder | None:
    """The imported sentence model; None without one. A file that comes, goes or changes is noticed."""
    return read_once("bot.encoder", model_path(), Encoder.open)


def read_once(name: str, path: Path, read: Callable[[Path], Read | None]) -> Read | None:
    """What `read` makes of a file, again only when the file has changed; None without one."""
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    have: tuple[int, Read | None] = current_app.extensions.get(name, (0, None))
    if have[0] != stamp:
        have = current_app.extensions[name] = (stamp, read(path) if stamp else None)
    return have[1]


def model_path() -> Path:
    return folder() / MODEL


def folder() -> Path:
    found: Path = current_app.config["SETTINGS"].instance / "bot"
    found.mkdir(parents=True, exist_ok=True)
    return found


def named(*what: object) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:24]


def learnt(path: Path, load: Callable[[Path], Some], train: Callable[[], Some]) -> Some:
    """Read from the file, or learn and write it; older ones are put away."""
    try:
        return load(path)
    except (OSError, ValueError, KeyError):
        made = train()
        try:
            made.dump(path)
            put_away_others(path)
        except OSError as error:  # A full disk must not silence the bot, nor keep a message from being taken.
            log.warning("what was learned cannot be written", error=type(error).__name__)
        return made


def put_away_others(path: Path) -> None:
    for other in path.parent.glob(f"*{path.suffix}"):
        if other != path:
            other.unlink(missing_ok=True)
