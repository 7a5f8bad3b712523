"""A shop of its own for these tests: the firm in tests/checkout/content, so that editors may change theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.checkout.buying import Buyer

CONTENT = Path(__file__).parent / "content"


@pytest.fixture(autouse=True)
def shop(app: Flask) -> Iterator[None]:
    """The test firm's content, for this test."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, content_dir=str(CONTENT))
    yield
    app.config["SETTINGS"] = before


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    """Somebody new with a browser, without an account."""
    return Buyer(app.test_client())
