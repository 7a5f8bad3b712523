"""A language model may only put our passages into words; what it makes up is thrown away. A stand-in speaks the API over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask

from app.bot import llm
from app.bot.house import house
from app.bot.replies import reply
from app.help import library
from app.settings import WrongSetting, read
from tests.standin import Quiet, serving

QUESTION = "my video call is choppy and keeps freezing"


@dataclass
class Model:
    """What the stand-in will answer, and what it was asked."""

    url: str = ""
    answer: Any = None
    status: int = 200
    wait: float = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def says(self, *sentences: dict[str, Any]) -> None:
        self.answer = {"choices": [{"message": {"role": "assistant", "content": json.dumps({"answer": list(sentences)})}}]}


@pytest.fixture
def model(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    found = Model()

    class Handler(Quiet):
        def do_POST(self) -> None:
            found.asked.append(self.typed())
            found.headers.append({"path": self.path, **dict(self.headers)})
            time.sleep(found.wait)
            self.reply(found.status, found.answer)

    with serving(Handler) as url:
        found.url = f"{url}/v1"
        ours = {"bot_llm_url": found.url, "bot_llm_model": "m-1", "bot_llm_key": "sk-test", "fetch_allow": "127.0.0.0/8"}
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], **ours)
        monkeypatch.setattr("app.bot.replies.titled", lambda *_words: None)
        monkeypatch.setattr("app.bot.replies.foreseen", lambda *_: None)
        library.library().refresh()
        yield found


@pytest.fixture
def passage(model: Model) -> llm.Passage:
    """The first passage that the model will be given."""
    return llm.passages(QUESTION, None)[0]


def piece(passage: llm.Passage, count: int = 9) -> str:
    return " ".join(passage.text.split()[:count])


def test_an_answer_that_rests_on_our_passages_is_given_with_quote_and_link(model: Model, passage: llm.Passage) -> None:
    model.says({"say": piece(passage), "quote": piece(passage), "source": 1})
    said = reply(QUESTION, [], None)
    assert said.source == f"llm:{passage.url}"
    assert f"> {piece(passage).strip('.')}" in said.words and f"[{passage.title}]({passage.url})" in said.words
    assert model.headers[0]["path"] == "/v1/chat/completions" and model.headers[0]["Authorization"] == "Bearer sk-test"
    assert model.asked[0]["model"] == "m-1"


MADE_UP = "Our partners refund every purchase within ninety days, guaranteed."


FAULTS = ("no such words", "another thing", "no passage", "a link", "too short", "one bad among good", "nothing")
FAILURES = ("no json", "no list", "an error", "silence")


@pytest.mark.parametrize("fault", [*FAULTS, *FAILURES])
def test_what_does_not_rest_on_them_is_thrown_away_whole(
    model: Model, passage: llm.Passage, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    good = {"say": piece(passage), "quote": piece(passage), "source": 1}
    faults: dict[str, list[dict[str, Any]]] = {
        "no such words": [{**good, "quote": MADE_UP}],
        "another thing": [{**good, "say": MADE_UP}],
        "no passage": [{**good, "source": 99}],
        "a link": [{**good, "say": f"{piece(passage)} See https://evil.example"}],
        "too short": [{**good, "quote": "the"}],
        "one bad among good": [good, {**good, "say": MADE_UP}],
        "nothing": [],
    }
    model.says(*faults.get(fault, [good]))
    if fault == "no json":
        model.answer = b"<html>"
    elif fault == "no list":
        model.answer = {"choices": []}
    elif fault == "an error":
        model.status = 500
    elif fault == "silence":
        model.wait = 1.5
        monkeypatch.setattr(llm, "SECONDS", 0.5)
    said = reply(QUESTION, [], None)
    assert len(model.asked) == 1
    assert not said.source.startswith("llm") and "ninety days" not in said.words and "evil" not in said.words


def test_addresses_and_numbers_of_the_visitor_stay_here(model: Model) -> None:
    model.says()
    reply(f"{QUESTION} nora@client.example +1 (202) 555-0177", [], None)
    told = json.dumps(model.asked)
    assert "choppy" in told and "nora@client" not in told and "555-0177" not in told


@pytest.mark.parametrize("words", ["I want to kill myself", "can I talk to a person?", "You charged me twice!"])
def test_what_comes_before_all_guessing_never_reaches_it(model: Model, words: str) -> None:
    model.says()
    assert reply(words, [], None).why
    assert model.asked == []


def test_a_question_without_any_passage_never_reaches_it(model: Model) -> None:
    assert reply("zork fnord wibble", [], None).words == house().unknown
    assert model.asked == []


def test_without_the_setting_nothing_is_asked(app: Flask, model: Model) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], bot_llm_url="")
    assert not reply(QUESTION, [], None).source.startswith("llm")
    assert model.asked == []


def test_half_a_setting_is_refused() -> None:
    with pytest.raises(WrongSetting, match="BOT_LLM_MODEL"):
        read({"FRONTDESK_BOT_LLM_URL": "https://models.example/v1"})
    with pytest.raises(WrongSetting, match="BOT_LLM_URL"):
        read({"FRONTDESK_BOT_LLM_URL": "models.example", "FRONTDESK_BOT_LLM_MODEL": "m"})
