"""What the bot's brain costs: to learn sixty intents and to guess, beside a bare Flask page, and the memory it holds."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable
from statistics import median

from flask import Flask

from app.lib.intents import Brain
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
    return [
        note(f"bot: learn {INTENTS} intents x {EXAMPLES}", seconds, "s CPU"),
        note("bot: the same with its limits", calibrated, "s CPU"),
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


def milliseconds(do: Callable[[str], object], sentences: list[str]) -> float:
    """The median CPU time of one call."""
    times = []
    for sentence in sentences:
        began = time.process_time()
        do(sentence)
        times.append((time.process_time() - began) * 1000)
    return median(times)


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
