"""A brain in a file: one line of JSON that says what follows, then plain arrays. Nothing in it is executed."""

from __future__ import annotations

import json
import os
import tempfile
from array import array
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.lib.intents.features import Vector, Vocabulary

if TYPE_CHECKING:
    from app.lib.intents.brain import Brain

FORMAT = "frontdesk brain 3"
Parts = tuple[Vocabulary, "Counter[str]", "dict[str, array[float]]", "dict[str, list[Vector]]", tuple[float, float]]


def dump(brain: Brain, path: Path) -> None:
    """Write beside the file first, then put it in its place."""
    examples = [(label, vector) for label, vectors in brain.kept.items() for vector in vectors]
    head = {
        "format": FORMAT,
        "limits": [brain.threshold, brain.floor],
        "features": list(brain.vocabulary.places),
        "used": brain.speller.used,
        "labels": list(brain.weights),
        "examples": [[label, len(places)] for label, (places, _) in examples],
    }
    arrays = [brain.vocabulary.weights, *brain.weights.values(), *(part for _, vector in examples for part in vector)]
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        for one in arrays:
            file.write(one.tobytes())
    os.replace(beside, path)


def load(path: Path) -> Parts:
    """The parts of a brain. Raises ValueError for a file that is no brain."""
    with path.open("rb") as file:
        try:
            head = json.loads(file.readline())
            if head["format"] != FORMAT:
                raise ValueError("another format")
            return read(head, file)
        except (ValueError, KeyError, TypeError, EOFError) as error:
            raise ValueError(f"{path} is not a brain that this version can read ({error})") from None


def read(head: dict[str, Any], file: Any) -> Parts:
    size = len(head["features"]) + 1
    vocabulary = Vocabulary({feature: place for place, feature in enumerate(head["features"], 1)}, numbers("f", size, file))
    weights = {label: numbers("f", size, file) for label in head["labels"]}
    kept: dict[str, list[Vector]] = {label: [] for label in head["labels"]}
    for label, count in head["examples"]:
        kept[label].append((numbers("I", count, file), numbers("f", count, file)))
    threshold, floor = head["limits"]
    return vocabulary, Counter(head["used"]), weights, kept, (threshold, floor)


def numbers(kind: str, count: int, file: Any) -> array[Any]:
    read: array[Any] = array(kind)
    read.fromfile(file, count)
    return read
