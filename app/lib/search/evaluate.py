"""How good is the search? Labelled queries in, R@1, R@5, MRR, weak rate and times out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from app.lib.search.find import find
from app.lib.search.index import Index

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Labelled:
    """A query and the keys of the documents that answer it; none at all means: nothing here does."""

    query: str
    relevant: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """The outcome. R@n and MRR over queries that have an answer; times in milliseconds, snippets included."""

    queries: int
    recall_1: float
    recall_5: float
    mrr: float
    weak: float
    p50: float
    p95: float
    missed: tuple[Labelled, ...]


def evaluate(index: Index, labelled: Iterable[Labelled]) -> Score:
    """Ask every query and look where the first relevant document stands among the first ten."""
    ranks: list[int] = []
    times: list[float] = []
    missed: list[Labelled] = []
    weak = 0
    for one in labelled:
        begun = perf_counter()
        results = find(index, one.query)
        times.append((perf_counter() - begun) * 1000)
        weak += results.weak
        if one.relevant:
            keys = [hit.key for hit in results.hits]
            ranks.append(min((keys.index(key) + 1 for key in one.relevant if key in keys), default=0))
            if ranks[-1] != 1:
                missed.append(one)
    return summed(ranks, times, weak, tuple(missed))


def summed(ranks: list[int], times: list[float], weak: int, missed: tuple[Labelled, ...]) -> Score:
    answered, asked = max(len(ranks), 1), max(len(times), 1)
    cuts = quantiles(times, n=20) if len(times) > 1 else (times or [0.0]) * 19
    return Score(
        queries=len(times),
        recall_1=sum(rank == 1 for rank in ranks) / answered,
        recall_5=sum(0 < rank <= 5 for rank in ranks) / answered,
        mrr=sum(1 / rank for rank in ranks if rank) / answered,
        weak=weak / asked,
        p50=cuts[9],
        p95=cuts[18],
        missed=missed,
    )


def read_labelled(path: Path) -> list[Labelled]:
    """Lines of JSON, `{"q": words, "relevant": [key, …]}`. Raises ValueError with the line number for a broken line."""
    labelled = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                loaded = json.loads(line)
                labelled.append(Labelled(str(loaded["q"]), tuple(map(str, loaded["relevant"]))))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}:{number}: not a labelled query ({error})") from None
    return labelled


def mistyped(query: str, edits: int, dice: random.Random) -> str:
    """The query with one slip (a letter lost, doubled up, replaced or swapped) in each of `edits` different words."""
    words = query.split()
    long = [place for place, word in enumerate(words) if len(word) > 2]
    for place in dice.sample(long, min(edits, len(long))):
        words[place] = slip(words[place], dice)
    return " ".join(words)


def slip(word: str, dice: random.Random) -> str:
    at, letter = dice.randrange(len(word)), dice.choice(LETTERS)
    kind = dice.choice(("lose", "add", "replace", "swap"))
    if kind == "lose":
        return word[:at] + word[at + 1 :]
    if kind == "add":
        return word[:at] + letter + word[at:]
    if kind == "replace":
        return word[:at] + letter + word[at + 1 :]
    at = min(at, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
