"""Signed marks: they bring a reply home and cannot be made by anybody else."""

from __future__ import annotations

import pytest
from flask import Flask

from app.lib import tokens
from app.mailroom import marks
from app.mailroom.marks import Mark


def test_a_mark_survives_address_and_message_id(app: Flask) -> None:
    mark = marks.make(1042, 77)
    assert marks.read(marks.reply_address("desk@northlight.example", mark).upper()) == Mark(1042, 77)
    assert marks.read(marks.message_id(mark, 5, "northlight.example")) == Mark(1042, 77)


def test_a_forged_or_changed_mark_is_none(app: Flask) -> None:
    mark = marks.make(1042, 77)
    changed = ("b" if mark[0] == "a" else "a") + mark[1:]
    assert marks.read(changed) is None and marks.read("a" * 32) is None and marks.read("desk+1042@x.example") is None


def test_a_mark_under_a_former_key_still_counts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = marks.make(1, 2)
    former = app.config["SECRET_KEY"]
    monkeypatch.setattr(tokens, "keys", lambda: [former, "another key for tests, long enough"])
    assert marks.read(mark) == Mark(1, 2) and marks.make(1, 2) != mark


def test_the_newest_place_wins(app: Flask) -> None:
    assert marks.first_mark(["nothing", marks.make(3, 1), marks.make(4, 1)]) == Mark(3, 1)
