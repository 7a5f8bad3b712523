"""Every form needs its token: no route takes a write without one, but for those that verify a signature instead."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Person

WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def address(rule: object) -> str:
    """A path that the rule matches."""
    parts = (text if not is_variable else "1" for is_variable, text in rule._trace)  # type: ignore[attr-defined]
    return "".join(parts).split("|")[-1]


def test_no_write_gets_through_without_its_token(
    app: Flask, linus: Person, client_of: Callable[[Person], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    browser, through = client_of(linus), []
    for rule in app.url_map.iter_rules():
        if not WRITES & (rule.methods or set()) or getattr(app.view_functions[rule.endpoint], "_from_anywhere", False):
            continue
        method = sorted(WRITES & (rule.methods or set()))[0]
        if browser.open(address(rule), method=method).status_code not in {400, 404, 405}:
            through.append(rule.rule)
    assert through == []
