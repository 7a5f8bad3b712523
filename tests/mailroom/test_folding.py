"""Folding: our words fold away in any language, the customer's never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mailroom.folding import folds

OURS = "Hello Ada,\n\nplease send us the invoice number, then we can look at the payment.\n\nKind regards\nGrace Hopper\nNorthlight"
NAMES = ("desk@northlight.example", "Grace Hopper", "Northlight")


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def shown(reply: str) -> str:
    hidden = {number for fold in folds(reply, [OURS], NAMES) for number in range(fold.start, fold.end)}
    return "\n".join(line for number, line in enumerate(reply.split("\n")) if number not in hidden).strip()


ATTRIBUTIONS = [
    "On Mon, 2 Mar 2026 at 10:00, Grace Hopper <desk@northlight.example> wrote:",
    "Am 02.03.2026 um 10:00 schrieb Grace Hopper <desk@northlight.example>:",
    "Le lun. 2 mars 2026 à 10:00, Grace Hopper <desk@northlight.example> a écrit :",
    "2026年3月2日(月) 10:00 Grace Hopper <desk@northlight.example>:",
    "2026년 3월 2일 오전 10:00, Grace Hopper <desk@northlight.example>님이 작성:",
    "пн, 2 мар. 2026 г. в 10:00, Grace Hopper <desk@northlight.example>:",
    "Den mån 2 mars 2026 kl 10:00 skrev Grace Hopper <desk@northlight.example>:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quoted_letter_of_ours_folds_in_every_language(attribution: str) -> None:
    assert shown(f"The number is 4711.\n\n{attribution}\n{quoted(OURS)}") == "The number is 4711."


def test_outlooks_header_block_folds_with_what_it_heads() -> None:
    block = "From: Grace Hopper <desk@northlight.example>\nSent: Monday\nTo: Ada\nSubject: Invoice"
    assert shown(f"It is 4711.\n\n________________________________\n{block}\n\n{OURS}") == "It is 4711."


def test_answers_between_our_lines_stay() -> None:
    reply = "> please send us the invoice number, then we can look at the payment.\nIt is 4711.\n> Grace Hopper\nThank you, Grace!"
    assert "It is 4711." in shown(reply) and "Thank you, Grace!" in shown(reply)


def test_words_below_the_quote_stay() -> None:
    assert shown(f"{ATTRIBUTIONS[0]}\n{quoted(OURS)}\n\nThe number is 4711.") == "The number is 4711."


def test_a_line_that_begins_with_from_in_prose_stays() -> None:
    reply = "From: my point of view it is paid.\nPlease check."
    assert shown(reply) == reply


def test_somebody_elses_words_quoted_by_the_customer_stay() -> None:
    reply = "My bank wrote:\n> We have sent the money on Monday.\nSo where is it?"
    assert shown(reply) == reply


def test_a_forwarded_mail_is_never_folded() -> None:
    reply = f"Please see below.\n\n---------- Forwarded message ---------\nFrom: bank@bank.example\n\n{quoted(OURS)}"
    assert shown(reply) == reply


def test_a_reply_of_nothing_but_our_words_is_shown_whole() -> None:
    assert folds(quoted(OURS), [OURS], NAMES) == []


def test_a_rewrapped_quote_folds_too() -> None:
    wrapped = "> please send us the invoice number,\n> then we can look at the payment."
    assert shown(f"4711\n\n{wrapped}") == "4711"


def test_a_greeting_to_our_agent_stays() -> None:
    assert shown(f"Hi Grace Hopper,\nit is 4711.\n\n{ATTRIBUTIONS[0]}\n{quoted(OURS)}").startswith("Hi Grace Hopper,\nit is 4711.")


@given(st.text(max_size=400), st.lists(st.text(max_size=200), max_size=3))
def test_folding_never_raises_and_never_hides_everything(reply: str, sent: list[str]) -> None:
    lines = reply.split("\n")
    hidden = {number for fold in folds(reply, sent) for number in range(fold.start, fold.end)}
    assert not any(line.strip() for line in lines) or any(line.strip() for number, line in enumerate(lines) if number not in hidden)
