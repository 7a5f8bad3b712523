"""What slices say to open pages: parts that leave after the commit, in htmx's envelope, and the answer of a `since` address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from app.lib import live
from app.lib.db import commit, roll_back, unit_of_work
from app.lib.live import frames


@pytest.fixture
def sent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """What would reach the sockets, in order."""
    out: list[tuple[str, str]] = []
    monkeypatch.setattr(app.extensions["live"], "publish", lambda stream, text: out.append((stream, text)))
    yield out


def test_a_part_leaves_after_the_commit(sent: list[tuple[str, str]]) -> None:
    live.append("conversation:7", "log", Markup("<p>Hello</p>"))
    assert sent == []
    commit()
    assert sent == [("conversation:7", '<hx-partial hx-target="#log" hx-swap="beforeend"><p>Hello</p></hx-partial>')]


def test_a_part_of_undone_work_never_leaves(sent: list[tuple[str, str]]) -> None:
    live.append("conversation:7", "log", Markup("<p>Hello</p>"))
    roll_back()
    commit()
    assert sent == []


def test_parts_leave_in_the_order_they_were_put(sent: list[tuple[str, str]]) -> None:
    with unit_of_work():
        for number in range(5):
            live.append("conversation:7", "log", Markup("<p>{}</p>").format(number), seq=number)
    assert [text.split("<p>")[1][0] for _, text in sent] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("verb", "swap"),
    [(live.append, "beforeend"), (live.prepend, "afterbegin"), (live.replace, "outerHTML"), (live.update, "innerHTML")],
)
def test_every_verb_names_its_swap(sent: list[tuple[str, str]], verb: Any, swap: str) -> None:
    verb("s", "#box", Markup("<b>x</b>"), seq=12)
    commit()
    assert sent == [("s", f'<hx-partial hx-target="#box" hx-swap="{swap}" data-seq="12"><b>x</b></hx-partial>')]


def test_remove_carries_nothing(sent: list[tuple[str, str]]) -> None:
    live.remove("s", "box")
    commit()
    assert sent == [("s", '<hx-partial hx-target="#box" hx-swap="delete"></hx-partial>')]


def test_words_that_are_no_markup_are_escaped(sent: list[tuple[str, str]]) -> None:
    live.append("s", 'x" onload="y', "<script>alert(1)</script>")
    commit()
    assert "<script>" not in sent[0][1]
    assert 'x" onload' not in sent[0][1]


def test_a_huge_part_becomes_a_request_to_catch_up(sent: list[tuple[str, str]]) -> None:
    live.append("s", "log", "x" * 70_000)
    commit()
    assert json.loads(sent[0][1])["live"] == "ready"


def test_an_event_is_small_json(sent: list[tuple[str, str]]) -> None:
    live.tell_stream("s", {"typing": "Grace", "seq": 4})
    commit()
    assert sent == [("s", '{"typing":"Grace","seq":4}')]


def test_since_answers_parts_in_order_and_the_number_reached(app: Flask) -> None:
    parts = [live.partial("beforeend", "log", Markup("<p>a</p>"), 4), live.partial("beforeend", "log", Markup("<p>b</p>"), 5)]
    with app.test_request_context():
        answer = live.caught_up(parts, 5)
    assert answer.status_code == 200
    assert answer.headers["Live-Seq"] == "5"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_data(as_text=True) == "".join(parts)


def test_since_with_nothing_new_is_empty(app: Flask) -> None:
    with app.test_request_context():
        answer = live.caught_up([], 9)
    assert (answer.status_code, answer.headers["Live-Seq"], answer.get_data()) == (204, "9", b"")


def test_without_sockets_and_without_redis_nothing_is_started(app: Flask) -> None:
    live.append("s", "log", Markup("<p>x</p>"))
    live.end("person:7")
    commit()
    assert app.extensions["live"].running is None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_frames_have_the_length_that_the_standard_asks_for(size: int) -> None:
    frame = frames.frame(frames.TEXT, b"x" * size)
    header = 2 if size < 126 else 4 if size < 65536 else 10
    assert len(frame) == header + size
    assert frame[0] == 0x81
    assert frame[1] == (size if size < 126 else 126 if size < 65536 else 127)


def test_presence_is_a_lease(app: Flask) -> None:
    live.presence.enter("conversation:7", "person:3", ttl=60)
    live.presence.enter("conversation:7", "person:3", ttl=60, state="replying", tab="two")
    live.presence.enter("conversation:7", "person:4", ttl=-1)
    assert live.presence.who("conversation:7") == {"person:3": "replying"}
    live.presence.leave("conversation:7", "person:3", tab="two")
    assert live.presence.who("conversation:7") == {"person:3": "viewing"}
    live.presence.leave("conversation:7", "person:3")
    assert live.presence.who("conversation:7") == {}
    assert live.presence.who("elsewhere") == {}


def test_each_tab_has_a_lease_of_its_own(app: Flask) -> None:
    for tab, state in (("one", "viewing"), ("two", "replying")):
        live.presence.enter("conversation:8", "person:3", state=state, tab=tab)
    assert live.presence.tabs("conversation:8") == {("person:3", "one"): "viewing", ("person:3", "two"): "replying"}
    live.presence.enter("conversation:8", "person:3", ttl=-1, tab="two")
    assert live.presence.tabs("conversation:8") == {("person:3", "one"): "viewing"}
