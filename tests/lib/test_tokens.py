"""Tokens: forged, misused, aged and foreign ones are refused."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.lib import tokens
from app.lib.tokens import Bad


def test_a_token_carries_its_payload_for_one_purpose_only(app: Flask) -> None:
    token = tokens.sign("resume", {"order": 7})
    assert tokens.unsign("resume", token) == {"order": 7}
    with pytest.raises(Bad):
        tokens.unsign("cancel", token)


def test_a_changed_or_nonsense_token_is_refused(app: Flask) -> None:
    token = tokens.sign("resume", {"order": 7})
    for bad in (token[:-1], token + "x", "A" + token[1:], "", ".", "ü", "a.b.c", "\x00", "\ud800"):
        with pytest.raises(Bad):
            tokens.unsign("resume", bad)


def test_an_old_token_is_refused(app: Flask) -> None:
    token = tokens.sign("resume", {})
    time.sleep(1.1)
    with pytest.raises(Bad):
        tokens.unsign("resume", token, timedelta(seconds=0))


def test_a_former_key_still_opens_but_no_longer_signs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    token, sealed = tokens.sign("resume", {"order": 7}), tokens.encrypt(b"health")
    former = app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key for tests, long enough")
    with pytest.raises(Bad):
        tokens.unsign("resume", token)
    monkeypatch.setattr(tokens, "keys", lambda: [former, app.config["SECRET_KEY"]])
    assert tokens.unsign("resume", token) == {"order": 7}
    assert tokens.decrypt(sealed) == b"health"
    assert tokens.sign("resume", {"order": 7}) != token


def test_what_is_encrypted_cannot_be_read_or_changed(app: Flask) -> None:
    sealed = tokens.encrypt(b"diagnosis")
    assert b"diagnosis" not in sealed and tokens.decrypt(sealed) == b"diagnosis"
    with pytest.raises(Bad):
        tokens.decrypt(sealed[:-2] + b"00")


@given(st.text(), st.text())
@settings(max_examples=200)
def test_comparing_secrets_never_raises(one: str, other: str) -> None:
    assert tokens.same(one, other) is (one == other)


def test_codes_keep_their_leading_zeros() -> None:
    assert all(len(tokens.code()) == 6 and tokens.code().isdigit() for _ in range(50))
