"""The brain: what a few examples teach, how sure it is, and that it comes back from its file the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.lib.intents import Brain, confused

BOOK = [
    "I want to book a call",
    "can I book an appointment",
    "make an appointment for me",
    "schedule a consultation",
    "book a time to talk",
]
REFUND = [
    "I want my money back",
    "how do I get a refund",
    "please refund my payment",
    "can you return what I paid",
    "refund the last invoice",
]
HOURS = [
    "when are you open",
    "what are your opening hours",
    "are you open on saturday",
    "until when is the office open",
    "opening times please",
]
EXAMPLES = [(text, label) for label, texts in {"book": BOOK, "refund": REFUND, "hours": HOURS}.items() for text in texts]


@pytest.fixture(scope="module")
def brain() -> Brain:
    return Brain.train(EXAMPLES)


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("could I book an appointment on Monday?", "book"),
        ("I'd like a refund for that", "refund"),
        ("is the office open on sunday", "hours"),
    ],
)
def test_ada_is_understood_in_words_that_nobody_wrote_down(brain: Brain, sentence: str, label: str) -> None:
    guess = brain.guess(sentence)
    assert guess.label == label
    assert guess.top[0][0] == label
    assert {name for name, _ in guess.top} == {"book", "refund", "hours"}


def test_it_is_surer_of_its_own_trade_than_of_nonsense(brain: Brain) -> None:
    known = brain.guess("please book an appointment").confidence
    foreign = brain.guess("the weather on jupiter").confidence
    assert known >= brain.threshold > 0
    assert foreign < brain.threshold < known
    assert 0 <= brain.floor <= brain.threshold


@pytest.mark.parametrize("sentence", ["", "   ", "?!…", "🙂🙂", "\x00", "鱼"])
def test_a_message_without_a_known_word_has_no_confidence(brain: Brain, sentence: str) -> None:
    assert brain.guess(sentence).confidence == 0


def test_a_slip_of_one_letter_changes_nothing(brain: Brain) -> None:
    meant = brain.guess("book an appointment")
    for slip in ("book an apointment", "book an appointmnet", "book an appoinrment", "book an appointmment"):
        assert brain.guess(slip) == meant


def test_a_message_as_long_as_a_book_is_answered_too(brain: Brain) -> None:
    assert brain.guess("refund " * 50_000).label == "refund"
    assert brain.guess("x" * 100_000).confidence < brain.threshold


def test_the_same_examples_make_the_same_brain(brain: Brain) -> None:
    again = Brain.train(EXAMPLES)
    assert again.guess("can I get a refund") == brain.guess("can I get a refund")
    assert (again.threshold, again.floor) == (brain.threshold, brain.floor)


def test_a_brain_comes_back_from_its_file_the_same(brain: Brain, tmp_path: Path) -> None:
    file = tmp_path / "brain"
    brain.dump(file)
    loaded = Brain.load(file)
    assert loaded.guess("when do you opne on monday") == brain.guess("when do you opne on monday")
    assert (loaded.threshold, loaded.floor) == (brain.threshold, brain.floor)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("content", [b"", b"{}\n", b"nonsense", b"\xff\xfe", b"[1]\n"])
def test_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "brain"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="not a brain"):
        Brain.load(file)


def test_half_a_file_is_refused(brain: Brain, tmp_path: Path) -> None:
    file = tmp_path / "brain"
    brain.dump(file)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValueError, match="not a brain"):
        Brain.load(file)


def test_one_label_and_examples_that_repeat_or_are_empty_can_be_learned_from() -> None:
    brain = Brain.train([("hello", "greeting"), ("hello", "greeting"), ("", "greeting"), ("…", "greeting"), ("good morning", "greeting")])
    assert brain.guess("hello there").label == "greeting"


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ValueError, match="no example"):
        Brain.train([("", "book"), ("hello", "")])


def test_two_labels_that_share_their_words_are_named_with_the_sentences() -> None:
    twins = [("move my call to monday", "move"), ("move my call to friday", "shift"), ("move my call to sunday", "move")]
    found = confused([*EXAMPLES, *twins])
    assert ("move my call to friday", "shift") in [(sentence, label) for sentence, label, _, _ in found]
    sentences = dict([*EXAMPLES, *twins])
    assert all(sentences[other] == label != own for _, own, other, label in found)


def test_labels_that_are_far_apart_are_not_confused() -> None:
    sorts = {"fruit": ("apple", "pear", "plum"), "metal": ("iron", "zinc", "gold")}
    apart = [(f"{one} {other}", label) for label, words in sorts.items() for one in words for other in words]
    assert confused(apart) == []
