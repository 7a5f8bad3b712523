"""Who is asking: the sign-in behind the session cookie, the visitor cookie of a first message; and the menus of accounts."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, current_app, g, session
from flask_login import LoginManager
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.accounts.browsers import in_words
from app.accounts.models import VISITOR_COOKIE, VISITOR_DAYS, Person
from app.accounts.sessions import SignIn
from app.lib import clock, slots
from app.lib.access import only_for
from app.lib.db import db

login = LoginManager()
SEEN_EVERY = timedelta(minutes=10)


@login.user_loader  # type: ignore[untyped-decorator]
def person_of(token: str) -> Person | None:
    found = SignIn.find(token)
    if found is None:
        return None
    g.sign_in_id, g.sign_in_token, g.seen = found.id, token, found[:2]
    return found.person


def set_visitor_cookie(response: Response) -> Response:
    token = g.pop("new_visitor_token", None)
    if token and response.status_code < 400:
        secure = current_app.config["SETTINGS"].https
        age = timedelta(days=VISITOR_DAYS)
        response.set_cookie(VISITOR_COOKIE, token, max_age=age, httponly=True, samesite="Lax", secure=secure)
    elif g.pop("forget_visitor", False):
        response.delete_cookie(VISITOR_COOKIE, httponly=True, samesite="Lax")
    return response


def note_visit(response: Response) -> Response:
    """Remember that this session was used, every ten minutes at most; after the request's own commit, in a transaction of its own.

    Its cookie is sent anew then, or it would end while its owner still comes.
    """
    number, seen = g.pop("seen", (0, clock.now()))
    if clock.now() - seen > SEEN_EVERY:
        session.modified = True
        try:
            with db.engine.begin() as connection:
                connection.execute(update(SignIn).where(SignIn.id == number).values(last_seen_at=clock.now()))
        except OperationalError:
            # The database is busy: the next request will tell.
            return response
    return response


slots.fill("account.nav", "accounts/_nav.html", order=10)
slots.fill("desk.nav", "accounts/_desk_nav.html", only_for("admin"), order=810, kept=True)
slots.fill("desk.person_menu", "accounts/_desk_menu.html", order=10, kept=True)


def init_app(app: Flask) -> None:
    login.init_app(app)
    app.jinja_env.filters["browser"] = in_words
    app.after_request(note_visit)
    app.after_request(set_visitor_cookie)
