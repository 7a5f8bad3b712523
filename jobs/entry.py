"""The one function that RQ runs: it is told a row of the outbox and gives it to the app."""

from __future__ import annotations

from functools import cache

from flask import Flask

from app import create_app
from app.lib import outbox


@cache
def the_app() -> Flask:
    """The app of this process, made when first asked for."""
    return create_app()


def run(errand_id: int) -> bool:
    """Claim and run one row of the outbox in an app context of its own. False when there was nothing to do or it failed."""
    with the_app().app_context():
        return outbox.run(errand_id)
