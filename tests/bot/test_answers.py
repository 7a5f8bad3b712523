"""What the bot says: from intents, from the help center with a passage and its address, in flows, and that it does not know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.bot import flows, rules, wordings
from app.bot.house import PERSON, house
from app.bot.intents import intents
from app.bot.replies import Reply, reply
from tests.pace import within

pytestmark = pytest.mark.one_database

HELD_OUT = Path(__file__).with_name("heldout.txt")


def talk(*lines: str) -> list[Reply]:
    said: list[dict[str, Any]] = []
    found = []
    for line in lines:
        found.append(reply(line, said, None))
        said.insert(0, found[-1].as_json())
    return found


def test_a_question_that_editors_foresaw_gets_their_answer(app: Flask) -> None:
    (answer,) = talk("how much do your programs cost")
    assert answer.source == "intent:prices" and "480 dollars" in answer.words and answer.as_json()["chips"] == [PERSON]


def test_one_slip_in_each_word_changes_nothing(app: Flask) -> None:
    assert talk("wat are yuor opning huors")[0].source == "intent:opening-hours"


def test_an_article_answers_with_the_passage_and_its_address(app: Flask) -> None:
    (answer,) = talk("the video of my call is choppy")
    assert answer.source == "help:video-call-is-choppy"
    assert "\n> " in answer.words and "](/help/troubleshooting/video-call-is-choppy" in answer.words


def test_a_question_whose_title_was_asked_goes_before_all_guessing(app: Flask) -> None:
    assert talk("Can my colleague use my login?")[0].source == "faq:share-login"


def test_it_says_that_it_does_not_know_and_fetches_a_person_the_second_time(app: Flask) -> None:
    first, second = talk("what is the weather in boston", "blah fnord zork")
    assert first.weak and not first.why and "do not know" in first.words
    assert second.why == "unknown" and second.as_json()["chips"] == []


def test_a_good_answer_in_between_begins_the_count_anew(app: Flask) -> None:
    assert talk("what is the weather in boston", "when are you open", "blah fnord zork")[2].why == ""


def test_a_flow_leads_by_its_quick_replies(app: Flask) -> None:
    asked, fits, named = talk("help me choose a programme", "physician", "Not yet")
    assert asked.chips == ("Therapist", "Physician", "Consultant", "Something else")
    assert fits.chips == ("Yes, open or grow my practice", "Not yet")
    assert "/programmes/clear-view" in named.words and named.place is None


def test_a_flow_asks_again_for_what_does_not_fit_and_keeps_what_was_told(app: Flask) -> None:
    *_, wrong, last = talk("where is my order", "No, I bought as a guest", "2041", "nowhere", "ada@practice.example")
    assert "does not look like an e-mail address" in wrong.words and not wrong.why
    assert last.told == {"order": "2041", "address": "ada@practice.example"} and last.call == "ticket"


def test_another_question_leaves_the_flow(app: Flask) -> None:
    assert talk("help me choose a programme", "when are you open")[1].source == "intent:opening-hours"


DANGER = [
    "I want to kill myself",
    "i am going to end my life tonight",
    "my client is suicidal and in my office",
    "I don't want to live anymore",
    "she is hurting herself",
    "he took an overdose",
    "I have chest pain and can't breathe",
    "i've been thinking about suicide",
    "there is no point in living",
    "everyone would be better off without me",
    "please call an ambulance",
    "someone is threatening to kill me",
    "I want to die",
    "thoughts of self-harm",
    "this is an emergency",
    "I wanna die",
    "I wish I was dead",
    "I took too many pills",
    "my baby is not breathing",
]
NO_DANGER = [
    "my practice is dying for new clients",
    "how do I kill a subscription",
    "this price is killing me",
    "I would die for a full calendar",
    "do you offer suite B in the office",
    "I do not want to live in Boston",
    "can I end my programme early",
    "the deadline is tomorrow",
    "cut my fee in half",
    "is there an emergency contact page",
]


@pytest.mark.parametrize("words", DANGER)
def test_danger_is_heard_before_everything_else(app: Flask, words: str) -> None:
    (answer,) = talk(words)
    assert answer.why == "crisis" and "911" in answer.words and "988" in answer.words


@pytest.mark.parametrize("words", NO_DANGER)
def test_harmless_words_raise_no_alarm(app: Flask, words: str) -> None:
    assert wordings.weigh(words) != "crisis"


def test_lines_that_nobody_foresaw_are_mostly_heard_and_harmless_ones_left_alone(app: Flask) -> None:
    lines = [(line[0], wordings.weigh(line[2:])) for line in HELD_OUT.read_text().splitlines() if line[:2] in {"+ ", "- "}]
    heard = [weight == "crisis" for sign, weight in lines if sign == "+"]
    alarms = [weight == "crisis" for sign, weight in lines if sign == "-"]
    assert sum(heard) >= 0.6 * len(heard) and sum(alarms) <= 0.05 * len(alarms)


@pytest.mark.parametrize(
    "words",
    [
        "I WANT TO KILL MYSELF",
        "i want to kiiiilll myself",
        "i want to kil my self",
        "sucidal thoughts",
        "I can\u2019t go on living",
        "i wanna die",
        "k\u00edll myself",
    ],
)
def test_however_it_is_spelled(app: Flask, words: str) -> None:
    assert wordings.weigh(words) == "crisis"


@pytest.mark.parametrize(
    "words", ["We offer suicide prevention training, can you help us market it?", "I work with suicidal teens and want to fill my group"]
)
def test_talk_about_such_work_is_answered_with_the_numbers_below_and_rings_nobody(app: Flask, words: str) -> None:
    (answer,) = talk(words)
    assert answer.why != "crisis" and answer.words.endswith(house().gentle)


def test_without_lines_to_learn_from_the_grammar_still_hears(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordings, "learned", lambda: None)
    assert wordings.weigh("I want to die") == "crisis" and wordings.weigh("where is my order") == ""


def test_a_long_text_without_sense_costs_no_second(app: Flask) -> None:
    def weigh() -> None:
        assert wordings.weigh("my my my client i want just to go " * 2000) is not None

    assert within(130, weigh)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (PERSON, "asked"),
        ("can i speak to a human please", "asked"),
        ("agent", "asked"),
        ("a person please", "asked"),
        ("give me a human", "asked"),
        ("put me through to sales", "asked"),
        ("I don't want to talk to a bot", "asked"),
        ("this is a scam", "complaint"),
        ("I was charged twice", "dispute"),
        ("how do I become an agent of change", ""),
    ],
)
def test_wishes_complaints_and_disputes_go_to_people(words: str, why: str) -> None:
    assert rules.why_a_person(words) == why


def test_every_intent_and_flow_of_the_firm_leads_somewhere(app: Flask) -> None:
    assert len(intents()) >= 15
    for one in intents().values():
        for sentence in one.ask:
            assert talk(sentence)[0].words, sentence
    assert all(step.say or step.call for flow in flows.flows().values() for step in flow.steps.values())


@pytest.mark.parametrize(
    "words", ["", " ", "?", "x" * 10_000, "<script>alert(1)</script>", "{{ 7*7 }}", "é" * 500, "🙂", "[a](javascript:alert(1))", "(" * 3000]
)
def test_odd_words_get_an_answer_too(app: Flask, words: str) -> None:
    assert talk(words)[0].words


@pytest.mark.parametrize(
    "words",
    [
        "let me talk to your manager",
        "Can I speak with a supervisor?",
        "I need help from a person",
        "can I talk?",
        "customer service please",
        "connect me with support",
        "I'd like to speak with Grace",
        "Can I talk to anybody?",
        "is anyone there?",
        "hello? is anybody there",
    ],
)
def test_a_wish_for_a_person_is_heard_in_many_words(app: Flask, words: str) -> None:
    assert reply(words, [], None, names=["Grace Hopper", "Grace"]).why == "asked"


@pytest.mark.parametrize(
    "words",
    [
        "may my office manager join?",
        "who will I talk with?",
        "how do I talk to my clients about fees",
        "do you support physicians?",
        "how big is your team?",
        "can I talk about prices with my husband first",
        "is anyone there who takes insurance",
    ],
)
def test_talk_about_people_is_no_wish_for_one(app: Flask, words: str) -> None:
    assert reply(words, [], None, names=["Grace Hopper", "Grace"]).why != "asked"
