"""Search: what is found, how typos are forgiven, when it admits to know nothing, and that the index heals and keeps up."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import frozensets, integers, text

from app.lib.search import Document, Index, find, suggest
from app.lib.search.snippet import beginning, plain_beginning
from app.lib.search.spelling import distance
from app.lib.search.stem import stem
from app.lib.search.synonyms import Synonyms
from app.lib.search.words import words
from tests.pace import reckoning, taken

ARTICLES = [
    Document(
        "cancel",
        "Cancel or move a booking",
        "/help/cancel",
        "You can cancel a booking until 24 hours before it begins. Open your bookings, choose the consult and press Cancel. "
        "A refund goes back to the card you paid with.",
        headings=(("refunds", "What happens to my refund"), ("late", "Cancelling late")),
        questions=("How do I call off an appointment?",),
        facets={"kind": ("article",), "audience": ("public",)},
    ),
    Document(
        "card",
        "Pay by card",
        "/help/card",
        "We take Visa and Mastercard. The card is charged when you book.",
        facets={"kind": ("article",), "audience": ("public",)},
    ),
    Document(
        "password",
        "Reset your password",
        "/help/password",
        "Choose Forgot password on the sign-in page. We send a link to your e-mail address that works for one hour.",
        facets={"kind": ("article",), "audience": ("public",)},
    ),
    Document(
        "staff",
        "Refund a booking by hand",
        "/help/staff",
        "For the team: open the order and press Refund.",
        facets={"kind": ("article",), "audience": ("staff",)},
    ),
    Document(
        "faq-price",
        "What does a first consult cost?",
        "/help/faq#price",
        "The first consult is free and takes 20 minutes.",
        facets={"kind": ("faq",), "audience": ("public",)},
    ),
]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    words_file = tmp_path / "synonyms.txt"
    words_file.write_text("# groups\ncancel, call off\nsign in, login, log in\n! massage, Northlight\n")
    made = Index(tmp_path / "index", words_file)
    made.rebuild(ARTICLES, stamp="one")
    return made


def first(index: Index, query: str) -> str:
    hits = find(index, query).hits
    return hits[0].key if hits else ""


def test_the_words_of_a_title_find_it(index: Index) -> None:
    assert first(index, "cancel a booking") == "cancel"
    assert first(index, "PASSWORD reset") == "password"


def test_other_forms_of_a_word_find_it(index: Index) -> None:
    assert first(index, "cancelling bookings") == "cancel"


@pytest.mark.parametrize("query", ["cancle booking", "cancel bookign", "canel boking", "pasword reset", "resett passwrd"])
def test_typos_are_forgiven(index: Index, query: str) -> None:
    results = find(index, query)
    assert results.hits[0].key in {"cancel", "password"}
    assert results.shown and results.shown != query


def test_as_typed_means_as_typed(index: Index) -> None:
    assert not find(index, "pasword", correct=False).hits


def test_protected_words_are_never_corrected(index: Index) -> None:
    index.update(Document("mail", "Send a message", "/help/mail", "message message"))
    assert find(index, "massage").shown == ""
    assert first(index, "mesage") == "mail"


def test_synonyms_of_one_and_of_several_words(index: Index) -> None:
    assert first(index, "call off my booking") == "cancel"
    assert first(index, "login link") == "password"


def test_a_question_somebody_asked_finds_its_answer(index: Index) -> None:
    assert first(index, "how do i call off an appointment") == "cancel"


@pytest.mark.parametrize("query", ["asdfgh zxcvb", "best pizza town", "weather tomorrow"])
def test_a_weak_answer_is_known_to_be_weak(index: Index, query: str) -> None:
    assert find(index, query).weak


def test_a_good_answer_is_not_weak(index: Index) -> None:
    assert not find(index, "how can i get a refund for a cancelled booking").weak


@pytest.mark.parametrize(
    "query", ["", "   ", "*", '"', "title:x", "c++ foo-bar", "re:invent", "(", "the of and", "\0", "é" * 500, "a " * 900]
)
def test_any_string_is_a_query(index: Index, query: str) -> None:
    find(index, query)
    suggest(index, query)


def test_facets_limit_the_result(index: Index) -> None:
    hits = find(index, "refund booking", require={"audience": ("public",)}).hits
    assert "staff" not in {hit.key for hit in hits}
    assert first(index, "refund booking by hand") == "staff"
    assert [hit.key for hit in find(index, "consult cost", require={"kind": ("faq", "thread")}).hits] == ["faq-price"]


def test_snippets_mark_words_and_escape_everything_else(index: Index) -> None:
    index.update(Document("x", "Tags <b>", "/x", "one <script>alert('refund')</script> two"))
    hit = next(hit for hit in find(index, "refund tags").hits if hit.key == "x")
    assert "<mark>refund</mark>" in hit.snippet and "&lt;script&gt;" in hit.snippet
    assert hit.title == "<mark>Tags</mark> &lt;b&gt;"


def test_a_changed_document_is_found_by_its_new_words_only(index: Index) -> None:
    index.update(Document("card", "Pay by bank transfer", "/help/card", "ACH takes three days."))
    assert first(index, "bank transfer") == "card"
    assert "card" not in {hit.key for hit in find(index, "mastercard").hits}
    index.remove("card")
    assert not find(index, "bank transfer ach").hits


def test_a_single_change_is_quick_and_many_stay_searchable(index: Index) -> None:
    new = [Document(f"n{number}", f"Numbered article {number}", f"/n{number}", f"words of article{number} " * 200) for number in range(70)]
    times = [taken(partial(index.update, one)) for one in new]
    assert sorted(times)[35] < 0.7 * taken(reckoning)
    assert len(index.view.segments) < 24 and index.view.count == len(ARTICLES) + 70
    assert first(index, "article42") == "n42"


def test_another_process_takes_up_what_changed(index: Index) -> None:
    reader = Index(index.folder)
    assert not find(reader, "transfer").hits
    index.update(Document("ach", "Bank transfer", "/ach", "transfer"))
    reader.refresh()
    assert first(reader, "transfer") == "ach"
    assert reader.stamp == "one"


def test_a_damaged_index_is_an_empty_one_and_can_be_rebuilt(index: Index) -> None:
    for path in index.folder.glob("*.seg"):
        path.write_bytes(b"garbage")
    reader = Index(index.folder)
    assert not find(reader, "cancel").hits and reader.stamp == ""
    reader.rebuild(ARTICLES)
    assert first(reader, "cancel a booking") == "cancel"


def test_suggestions_complete_the_last_word(index: Index) -> None:
    assert suggest(index, "canc")[0].url == "/help/cancel"
    assert "/help/cancel#refunds" in [s.url for s in suggest(index, "my refu")]
    assert suggest(index, "what does a first")[0].kind == "title"
    assert "<mark>Canc</mark>el" in suggest(index, "canc")[0].marked


def test_suggestions_forgive_typos_and_keep_secrets(index: Index) -> None:
    assert suggest(index, "pasw")[0].url == "/help/password"
    assert suggest(index, "bokking")[0].url in {"/help/cancel", "/help/staff"}
    assert all(s.url != "/help/staff" for s in suggest(index, "refund", require={"audience": ("public",)}))


def test_one_letter_suggests_nothing(index: Index) -> None:
    assert suggest(index, "c") == []


def test_words_fold_accents_and_apostrophes() -> None:
    assert words("Zoë's café, foo_bar C3PO") == ["zoes", "cafe", "foo", "bar", "c3po"]


def test_stems_meet() -> None:
    assert len({stem(word) for word in ("cancel", "cancels", "cancelling", "cancelled")}) <= 2
    assert stem("relational") == stem("relate") and stem("bookings") == stem("booking") == "book"
    assert stem("by") == "by" and stem("ünit") == "ünit" and stem("o365") == "o365"


def test_distances_count_a_swap_as_one() -> None:
    assert distance("booking", "bokoing", 2) == 1
    assert distance("booking", "boking", 2) == 1
    assert distance("booking", "cooking", 0) == 1
    assert distance("abc", "xyz", 2) == 3


def textbook(one: str, other: str) -> int:
    """Optimal string alignment, cell by cell, without any short cut."""
    table = [[max(i, j) if not i or not j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            differ = one[i - 1] != other[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + differ)
            if i > 1 and j > 1 and (one[i - 1], one[i - 2]) == (other[j - 2], other[j - 1]):
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(text("abc", max_size=9), text("abc", max_size=9), integers(1, 2))
def test_distances_are_those_of_the_textbook(one: str, other: str, most: int) -> None:
    assert distance(one, other, most) == min(textbook(one, other), most + 1)


@given(text("ab'’ -_1", max_size=25), frozensets(text("ab1", min_size=1, max_size=3), min_size=1, max_size=3))
def test_the_quick_way_to_find_words_is_the_thorough_way(words_of_a_text: str, starts: frozenset[str]) -> None:
    quick, thorough = (pattern(starts).findall(words_of_a_text) for pattern in (plain_beginning, beginning))
    assert quick == thorough


def test_synonym_files_of_any_shape_are_read() -> None:
    parsed = Synonyms.parse("\ufeff,,\n#x\n a , b ,\n!\n! Massage\nsolo\n")
    assert parsed.groups[("b",)] == ()  # "a" is a stop word
    assert "massage" in parsed.protected
