"""What the bot's brain costs: to learn sixty intents and to guess, beside a bare Flask page, and the memory it holds.

With `--data FOLDER`, which has train.csv and test.csv (sentence and label), also how often it guesses right, with 5, 10 and all examples a
label, and what one slip takes from that; with the sentence model as well when this installation has one.
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from flask import Flask

from app.bot.commands import labelled
from app.lib.intents import Brain, SemanticBrain
from app.lib.meaning import Encoder
from app.lib.search.evaluate import mistyped
from app.settings import read
from tests.bench import given
from tests.bench.table import Row, at_most, beside, note

INTENTS, EXAMPLES, ASKED = 60, 15, 300
MEMORY_MB, TIMES_BARE = 40, 40
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def run() -> list[Row]:
    examples = made_up()
    began = time.process_time()
    Brain.train(examples, calibrated=False)
    seconds = time.process_time() - began
    began = time.process_time()
    brain = Brain.train(examples)
    calibrated = time.process_time() - began
    guess = milliseconds(brain.guess, [sentence for sentence, _ in examples[:ASKED]])
    page = bare()
    folder = given.folder("--data")
    return [
        *(on_own(folder) if folder else ()),
        note(f"bot: learn {INTENTS} intents x {EXAMPLES}", seconds, "s CPU"),
        note("bot: the same with its limits", calibrated, "s CPU"),
        at_most("bot: one guess, p95", quantiles(times(brain.guess, [one for one, _ in examples[:ASKED]]), n=20)[-1], "ms CPU", 10),
        beside("bot: one guess", guess, "ms CPU", "bare Flask request", page, TIMES_BARE),
        at_most("bot: memory of a brain", held(examples), "MB", MEMORY_MB),
    ]


def made_up() -> list[tuple[str, str]]:
    """Sentences of a dozen words: common ones, and two or three that belong to the intent."""
    dice = random.Random(7)
    language = ["".join(dice.choices(LETTERS, k=dice.randint(2, 9))) for _ in range(2000)]
    topics = {f"intent-{number}": dice.sample(language, 20) for number in range(INTENTS)}
    return [
        (" ".join([*dice.choices(language[:150], k=9), *dice.sample(topic, 3)]), label)
        for label, topic in topics.items()
        for _ in range(EXAMPLES)
    ]


def on_own(folder: Path) -> list[Row]:
    """Shares of right guesses on labelled sentences of one's own: examples drawn from train.csv, all of test.csv asked."""
    known, asked = (labelled(folder / name) for name in ("train.csv", "test.csv"))
    encoder = Encoder.open(Path(read().instance) / "bot" / "meaning.safetensors")
    rows = []
    for many in (5, 10, len(known)):
        drawn = sample(known, many)
        brains: list[tuple[str, Brain | SemanticBrain]] = [("words", Brain.without_limits(drawn))]
        if encoder:
            brains.append(("words and model", SemanticBrain.train(drawn, encoder, calibrated=False)))
        for kind, brain in brains:
            name = f"bot, {kind}, {'all' if many == len(known) else many} examples a label"
            rows.append(note(f"{name}: right", right(brain, asked, 0), "%"))
            rows.append(note(f"{name}: with one slip", right(brain, asked, 1), "%"))
    return rows


def sample(known: list[tuple[str, str]], many: int) -> list[tuple[str, str]]:
    dice = random.Random(1)
    by_label: dict[str, list[tuple[str, str]]] = {}
    for one in known:
        by_label.setdefault(one[1], []).append(one)
    return [one for label in sorted(by_label) for one in dice.sample(by_label[label], min(many, len(by_label[label])))]


def right(brain: Brain | SemanticBrain, asked: list[tuple[str, str]], slips: int) -> float:
    dice = random.Random(2)
    return 100 * sum(brain.guess(mistyped(sentence, slips, dice)).label == label for sentence, label in asked) / len(asked)


def milliseconds(do: Callable[[str], object], sentences: list[str]) -> float:
    """The median CPU time of one call."""
    return median(times(do, sentences))


def times(do: Callable[[str], object], sentences: list[str]) -> list[float]:
    found = []
    for sentence in sentences:
        began = time.process_time()
        do(sentence)
        found.append((time.process_time() - began) * 1000)
    return found


def bare() -> float:
    """One request of a Flask app that says hello."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: "hello")
    web = app.test_client()
    return milliseconds(web.get, ["/"] * ASKED)


def held(examples: list[tuple[str, str]]) -> float:
    tracemalloc.start()
    brain = Brain.train(examples, calibrated=False)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / 1e6 if brain.weights else 0.0
