"""Answers by what they mean: vectors of passages kept beside the sentence model, with a small random model."""

from __future__ import annotations

import fcntl

import pytest

from app.accounts.models import Person
from app.bot import meanings, minds
from app.bot.replies import meant
from app.help import library
from app.lib.db import unit_of_work
from app.lib.meaning import Encoder, is_possible, tensors
from app.lib.meaning.importing import import_model
from app.lib.outbox import drain, later
from tests.lib.tiny_model import Tiny
from tests.places import Place

pytestmark = [pytest.mark.one_database, pytest.mark.skipif(not is_possible(), reason="numpy is not installed: the extra `semantic`")]

REFUND = "Where is my refund"


@pytest.fixture(autouse=True)
def only_the_same_words_are_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are random: what is alike means nothing, what is the same does."""
    monkeypatch.setattr(meanings, "SURE", 0.999)


@pytest.fixture
def firm(place: Place) -> Place:
    """Three articles and the model."""
    place.article("basics/refunds.md", "Please call.\n\n## Money back\n\nI move the money back.", answers=f'["{REFUND}"]')
    place.article("basics/booking.md", "## Move a call\n\nBook a call.", answers='["Move my call please"]')
    place.article("basics/inside.md", "The order is a cafe.", audience="staff", answers='["My order is unable"]')
    model = Tiny(place.folder / "model")
    with place.app.app_context():
        import_model(place.folder / "model", minds.model_path(), pinned=model.pinned)
    return place


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the model is asked from now on."""
    found: list[str] = []
    plain = Encoder.vectors

    def counted(self: Encoder, sentences: list[str]) -> object:
        found.extend(sentences)
        return plain(self, sentences)

    monkeypatch.setattr(Encoder, "vectors", counted)
    return found


def key(words: str, person: Person | None = None) -> str:
    found = meanings.nearest(words, person)
    return found.key if found else ""


def test_without_a_model_or_before_there_are_vectors_nothing_is_found(firm: Place) -> None:
    assert key(REFUND) == ""
    minds.model_path().unlink()
    assert meanings.keep_up() == 0 and not meanings.path().exists() and key(REFUND) == "" and meant(REFUND, None) is None


def test_a_question_finds_its_answer_and_the_nearest_passage(firm: Place) -> None:
    assert meanings.keep_up() == 0
    reply = meant(REFUND, None)
    assert reply is not None and reply.source == "help:refunds-id"
    assert reply.words.startswith("From **Refunds**") and "](/help/basics/refunds" in reply.words
    passages = {f"Refunds. {one.heading}. {one.text}": one for one in library.catalog().by_id["refunds-id"].passages()}
    assert len(passages) == 2
    for words, passage in passages.items():
        found = meanings.nearest(words, None)
        assert found is not None and (found.key, found.passage) == ("help:refunds-id", passage) and found.likeness > 0.99
    assert key("i want cafe money") == ""


def test_only_the_team_finds_what_is_for_the_team(firm: Place, grace: Person) -> None:
    meanings.keep_up()
    assert key("My order is unable") == "" and key("My order is unable", grace) == "help:inside-id"


def test_only_what_changed_is_made_anew_and_what_went_is_not_found(firm: Place, encoded: list[str]) -> None:
    meanings.keep_up()
    first = len(encoded)
    meanings.keep_up()
    assert len(encoded) == first >= 8
    firm.article("basics/booking.md", "## Move a call\n\nBook a call.", answers='["Please book my call"]')
    (firm.content / "help" / "basics" / "inside.md").unlink()
    firm.refresh()
    meanings.keep_up()
    assert encoded[first:] == ["Please book my call"]
    assert key("Please book my call") == "help:booking-id" and key("Move my call please") == ""


def test_a_large_tree_is_taken_up_a_little_at_a_time(firm: Place, monkeypatch: pytest.MonkeyPatch, encoded: list[str]) -> None:
    monkeypatch.setattr(meanings, "AT_ONCE", 3)
    left = [meanings.keep_up(0) for _ in range(4)]
    assert left == sorted(left, reverse=True) and left[0] > 0 and left[-1] == 0
    assert len(encoded) == len(set(encoded)) and key(REFUND) == "help:refunds-id"


def test_a_large_file_is_not_written_for_every_bite(firm: Place, monkeypatch: pytest.MonkeyPatch, encoded: list[str]) -> None:
    written: list[int] = []
    monkeypatch.setattr(tensors, "write", lambda path, found, told, plain=tensors.write: (written.append(1), plain(path, found, told)))
    monkeypatch.setattr(meanings, "AT_ONCE", 1)
    monkeypatch.setattr(meanings, "TENTH", 0.5)
    while meanings.keep_up(0):
        pass
    assert 0 < len(written) <= len(encoded) / 2 and key(REFUND) == "help:refunds-id"


def test_what_is_too_much_for_a_file_is_left_to_the_search_by_words(
    firm: Place, monkeypatch: pytest.MonkeyPatch, encoded: list[str]
) -> None:
    monkeypatch.setattr(meanings, "MOST", 3)
    assert meanings.keep_up() == 0 and len(encoded) == 3
    assert meanings.keep_up() == 0 and len(encoded) == 3


def test_the_worker_comes_back_until_all_have_their_vectors_and_leaves_the_rest_to_whoever_is_at_it(
    firm: Place, monkeypatch: pytest.MonkeyPatch, encoded: list[str]
) -> None:
    monkeypatch.setattr(meanings, "AT_ONCE", 3)
    monkeypatch.setattr(meanings, "bite", lambda encoder, seconds, plain=meanings.bite: plain(encoder, 0))
    with unit_of_work():
        later("bot.compare")
    with meanings.path().with_suffix(".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        drain()
        assert encoded == [] and not meanings.path().exists()
    with unit_of_work():
        later("bot.compare")
    drain()
    assert len(encoded) >= 8 and meanings.keep_up() == 0 and key(REFUND) == "help:refunds-id"


@pytest.mark.parametrize("raw", [b"", b"no such file", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_file_is_made_anew(firm: Place, raw: bytes) -> None:
    meanings.keep_up()
    meanings.path().write_bytes(raw)
    assert key(REFUND) == ""
    meanings.keep_up()
    assert key(REFUND) == "help:refunds-id"


def test_vectors_of_another_model_answer_nothing_and_are_made_anew(firm: Place, encoded: list[str]) -> None:
    meanings.keep_up()
    count = len(encoded)
    other = Tiny(firm.folder / "other", seed=2)
    import_model(firm.folder / "other", minds.model_path(), pinned=other.pinned)
    assert key(REFUND) == ""
    meanings.keep_up()
    assert key(REFUND) == "help:refunds-id" and len(encoded) >= 2 * count


def test_a_full_disk_costs_only_the_answers_by_meaning(firm: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensors, "write", full)
    monkeypatch.setattr(meanings, "AT_ONCE", 3)
    # Asked to go on where nothing can be kept, the worker would do so for ever.
    assert meanings.keep_up(0) == 0 and meanings.keep_up(0) == 0 and key(REFUND) == ""
