"""A sentence model of two small layers with random weights, as files; and the same network once more in plain Python, to compare with."""

from __future__ import annotations

import json
import random
import struct
from hashlib import sha256
from math import erf, exp, sqrt
from pathlib import Path
from typing import Any

SIZE, WIDE, LAYERS, HEAD, PLACES = 64, 128, 2, 32, 16
VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "where", "is", "my", "order", "refund", "book", "call", "a", "to", "money", "back"),
    *("move", "please", "want", "i", "cafe", "##s", "##ing", "##ed", "un", "##able", "!", ",", ".", "$", "中"),
]
Matrix = list[list[float]]


class Tiny:
    """Weights by their names; `pinned` are the hashes of the two files."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        dice = random.Random(seed)
        self.weights: dict[str, Any] = {}

        def matrix(name: str, rows: int, columns: int) -> None:
            self.weights[name] = [[dice.gauss(0, 0.15) for _ in range(columns)] for _ in range(rows)]

        def line(name: str, size: int, middle: float) -> None:
            self.weights[name] = [middle + dice.gauss(0, 0.05) for _ in range(size)]

        def levelling(name: str) -> None:
            line(f"{name}.weight", SIZE, 1)
            line(f"{name}.bias", SIZE, 0)

        for kind, rows in (("word", len(VOCABULARY)), ("position", PLACES), ("token_type", 2)):
            matrix(f"embeddings.{kind}_embeddings.weight", rows, SIZE)
        levelling("embeddings.LayerNorm")
        for number in range(LAYERS):
            at = f"encoder.layer.{number}."
            for part, rows, columns in (
                *((f"attention.self.{one}", SIZE, SIZE) for one in ("query", "key", "value")),
                ("attention.output.dense", SIZE, SIZE),
                ("intermediate.dense", WIDE, SIZE),
                ("output.dense", SIZE, WIDE),
            ):
                matrix(f"{at}{part}.weight", rows, columns)
                line(f"{at}{part}.bias", rows, 0)
            levelling(f"{at}attention.output.LayerNorm")
            levelling(f"{at}output.LayerNorm")
        folder.mkdir(parents=True, exist_ok=True)
        self.files = {"model.safetensors": self.packed(), "vocab.txt": "\n".join(VOCABULARY).encode()}
        for name, raw in self.files.items():
            (folder / name).write_bytes(raw)
        self.pinned = {name: sha256(raw).hexdigest() for name, raw in self.files.items()}

    def packed(self) -> bytes:
        table: dict[str, Any] = {}
        body = b""
        for name, one in self.weights.items():
            rows = one if isinstance(one[0], list) else [one]
            raw = b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)
            shape = [len(one), len(one[0])] if rows is one else [len(one)]
            table[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(raw)]}
            body += raw
        head = json.dumps(table).encode()
        return len(head).to_bytes(8, "little") + head + body

    def vector(self, pieces: list[int]) -> list[float]:
        """The vector of length 1 of one sentence."""
        word, place, kind = (self.weights[f"embeddings.{one}_embeddings.weight"] for one in ("word", "position", "token_type"))
        state = [[a + b + c for a, b, c in zip(word[piece], place[at], kind[0], strict=True)] for at, piece in enumerate(pieces)]
        state = self.levelled(state, "embeddings.LayerNorm")
        for number in range(LAYERS):
            state = self.layer(state, f"encoder.layer.{number}.")
        middle = [sum(column) / len(state) for column in zip(*state, strict=True)]
        length = sqrt(sum(value * value for value in middle))
        return [value / length for value in middle]

    def layer(self, state: Matrix, at: str) -> Matrix:
        query, key, value = (self.dense(state, f"{at}attention.self.{one}") for one in ("query", "key", "value"))
        seen: Matrix = [[] for _ in state]
        for first in range(0, SIZE, HEAD):
            for row in range(len(state)):
                likeness = [sum(query[row][i] * other[i] for i in range(first, first + HEAD)) / sqrt(HEAD) for other in key]
                raised = [exp(one - max(likeness)) for one in likeness]
                seen[row] += [
                    sum(a * other[i] for a, other in zip(raised, value, strict=True)) / sum(raised) for i in range(first, first + HEAD)
                ]
        state = self.levelled(added(self.dense(seen, at + "attention.output.dense"), state), at + "attention.output.LayerNorm")
        wide = [[x * (1 + erf(x / sqrt(2))) / 2 for x in row] for row in self.dense(state, at + "intermediate.dense")]
        return self.levelled(added(self.dense(wide, at + "output.dense"), state), at + "output.LayerNorm")

    def dense(self, state: Matrix, name: str) -> Matrix:
        weight, bias = self.weights[name + ".weight"], self.weights[name + ".bias"]
        return [
            [sum(a * b for a, b in zip(row, line, strict=True)) + more for line, more in zip(weight, bias, strict=True)] for row in state
        ]

    def levelled(self, state: Matrix, name: str) -> Matrix:
        found = []
        for row in state:
            mean = sum(row) / len(row)
            spread = sqrt(sum((one - mean) ** 2 for one in row) / len(row) + 1e-12)
            parts = zip(row, self.weights[name + ".weight"], self.weights[name + ".bias"], strict=True)
            found.append([(one - mean) / spread * weight + bias for one, weight, bias in parts])
        return found


def added(one: Matrix, other: Matrix) -> Matrix:
    return [[a + b for a, b in zip(left, right, strict=True)] for left, right in zip(one, other, strict=True)]
