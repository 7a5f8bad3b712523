"""The forward pass of a BERT sentence encoder (6 layers of MiniLM; any number works), and the mean of its last layer.

After Vaswani et al. 2017 and Devlin et al. 2018; pooling and length 1 as sentence-transformers does for all-MiniLM-L6-v2. Weights stay
int8 in the mapped file, one scale a row, and become floats a matrix at a time: a process holds a few megabytes of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from app.lib.meaning import tensors
from app.lib.meaning.numbers import numpy
from app.lib.meaning.wordpiece import WordPiece

if TYPE_CHECKING:
    import numpy as np

FORMAT = "frontdesk meaning 1"
VOCABULARY, SCALE = "vocabulary", ".scale"
HEAD_SIZE, EPSILON = 32, 1e-12
MOST_PIECES = 128  # What a visitor writes is shorter; twice as long costs four times as much in attention.
AT_ONCE = 64
SHORTEST, LONGEST = 4, 25


def is_possible() -> bool:
    """Whether numpy is installed here."""
    return numpy is not None


class Encoder:
    """Sentences in, rows of length 1 out. Read-only after it is made; several threads may use one."""

    def __init__(self, weights: tensors.Tensors, version: str = "") -> None:
        """Raises ValueError or KeyError when something that the network needs is not there."""
        self.weights = weights
        self.version = version
        self.words = WordPiece(bytes(weights[VOCABULARY]).decode().splitlines())
        self.layers = sum(name.endswith(".attention.self.query.weight") for name in weights)
        self.size: int = weights["embeddings.word_embeddings.weight"].shape[1]
        self.most = min(MOST_PIECES, weights["embeddings.position_embeddings.weight"].shape[0])
        if not self.layers or self.size % HEAD_SIZE or len(self.words.numbers) > len(weights["embeddings.word_embeddings.weight"]):
            raise ValueError("The weights do not fit together.")

    @classmethod
    def open(cls, path: Path) -> Encoder | None:
        """The encoder in a file; None when there is no such file, it is of another version or damaged, or numpy is not installed."""
        try:
            weights, metadata = tensors.mapped(path) if is_possible() else ({}, {})
            return cls(weights, metadata["source"]) if metadata.get("format") == FORMAT else None
        except (OSError, ValueError, KeyError):
            return None

    def knows(self, word: str) -> bool:
        """Whether the whole word is in the model's vocabulary."""
        return word in self.words.numbers

    def nearest(self, word: str) -> str:
        """The commonest word of the vocabulary at one edit (delete, swap, replace, insert) with the same first letter, if there is one;
        else with another first letter; else the word itself."""
        if not (SHORTEST <= len(word) <= LONGEST and word.isascii() and word.isalpha()):
            return word
        rank = self.words.numbers  # Common words stand first in it.
        return min((near for near in one_away(word) if near in rank), key=lambda near: (near[0] != word[0], rank[near]), default=word)

    def vectors(self, sentences: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """One row for each sentence, in their order. Sentences of the same number of pieces go through together, without padding."""
        found = numpy.zeros((len(sentences), self.size), numpy.float32)
        by_length: dict[int, list[tuple[int, list[int]]]] = {}
        for number, sentence in enumerate(sentences):
            ids = self.words.ids(sentence, self.most)
            by_length.setdefault(len(ids), []).append((number, ids))
        for alike in by_length.values():
            for first in range(0, len(alike), AT_ONCE):
                part = alike[first : first + AT_ONCE]
                found[[number for number, _ in part]] = self.forward([ids for _, ids in part])
        return found

    def forward(self, ids: list[list[int]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Vectors of length 1 for sentences of equal length, given as numbers of pieces."""
        pieces = numpy.array(ids)
        name = "embeddings."
        state = self.rows(name + "word_embeddings.weight", pieces) + self.rows(name + "position_embeddings.weight", range(pieces.shape[1]))
        state = self.levelled(state + self.rows(name + "token_type_embeddings.weight", [0]), name + "LayerNorm")
        for number in range(self.layers):
            state = self.layer(state, f"encoder.layer.{number}.")
        found: np.ndarray[Any, np.dtype[np.float32]] = unit(state.mean(axis=1))
        return found

    def layer(self, state: Any, name: str) -> Any:
        seen = self.attention(state, name + "attention.self.")
        state = self.levelled(self.through(seen, name + "attention.output.dense") + state, name + "attention.output.LayerNorm")
        wide = gelu(self.through(state, name + "intermediate.dense"))
        return self.levelled(self.through(wide, name + "output.dense") + state, name + "output.LayerNorm")

    def attention(self, state: Any, name: str) -> Any:
        """Each head looks at all pieces of its sentence."""
        count, length, size = state.shape

        def heads(part: str) -> Any:
            return self.through(state, name + part).reshape(count, length, size // HEAD_SIZE, HEAD_SIZE).transpose(0, 2, 1, 3)

        likeness = heads("query") @ heads("key").transpose(0, 1, 3, 2) / numpy.float32(sqrt(HEAD_SIZE))
        likeness = numpy.exp(likeness - likeness.max(axis=-1, keepdims=True))
        looked = (likeness / likeness.sum(axis=-1, keepdims=True)) @ heads("value")
        return looked.transpose(0, 2, 1, 3).reshape(count, length, size)

    def rows(self, name: str, which: Any) -> Any:
        """Rows of a matrix as floats."""
        scale = self.weights.get(name + SCALE)
        found = self.weights[name][which].astype(numpy.float32)
        return found if scale is None else found * scale[which][..., None]

    def through(self, state: Any, name: str) -> Any:
        """A dense layer: the matrix is scaled after the product, which saves a pass over it."""
        weight, scale = self.weights[name + ".weight"], self.weights.get(name + ".weight" + SCALE)
        product = state @ weight.astype(numpy.float32, copy=False).T
        return (product if scale is None else product * scale) + self.weights[name + ".bias"]

    def levelled(self, state: Any, name: str) -> Any:
        """Layer normalisation (Ba et al. 2016)."""
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = numpy.sqrt(numpy.square(centred).mean(axis=-1, keepdims=True) + numpy.float32(EPSILON))
        return centred / spread * self.weights[name + ".weight"] + self.weights[name + ".bias"]


def one_away(word: str) -> Iterator[str]:
    """All that one edit makes of a word."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in ascii_lowercase)


def unit(rows: Any) -> Any:
    """Rows of length 1; a row of zeros stays one."""
    lengths = numpy.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / numpy.where(lengths == 0, 1, lengths)


def gelu(state: Any) -> Any:
    """x * Phi(x) with the error function of Abramowitz and Stegun, 7.1.26 (error below 1.5e-7)."""
    above = numpy.abs(state) * numpy.float32(1 / sqrt(2))
    step = 1 / (1 + numpy.float32(0.3275911) * above)
    curve = numpy.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        curve = curve * step + numpy.float32(factor)
    error = 1 - curve * step * numpy.exp(-above * above)
    return state * (1 + numpy.copysign(error, state)) / 2
