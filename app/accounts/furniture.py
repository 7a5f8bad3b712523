"""Who is asking: the sign-in behind the session cookie, and the visitor cookie that a first message sets."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, current_app, g
from flask_login import LoginManager

from app.accounts.models import VISITOR_COOKIE, VISITOR_DAYS, Person
from app.accounts.sessions import SignIn

login = LoginManager()


@login.user_loader  # type: ignore[untyped-decorator]
def person_of(token: str) -> Person | None:
    sign_in = SignIn.find(token)
    if sign_in is None:
        return None
    g.sign_in, g.sign_in_token = sign_in, token
    return sign_in.person


def set_visitor_cookie(response: Response) -> Response:
    token = g.pop("new_visitor_token", None)
    if token and response.status_code < 400:
        secure = current_app.config["SETTINGS"].https
        age = timedelta(days=VISITOR_DAYS)
        response.set_cookie(VISITOR_COOKIE, token, max_age=age, httponly=True, samesite="Lax", secure=secure)
    return response


def init_app(app: Flask) -> None:
    login.init_app(app)
    app.after_request(set_visitor_cookie)
