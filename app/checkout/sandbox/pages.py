"""The sandbox's own hosted payment page: test numbers, a bank that asks, a bank debit that takes days unless you press fast-forward."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from app.checkout import gateways
from app.checkout.gateways import News
from app.checkout.sandbox import gateway, numbers
from app.checkout.sandbox.bank import SandboxCharge, SandboxSession
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import page, see

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")


def found(token: str) -> SandboxSession:
    """The session with this token; nothing is here while another gateway takes the payments."""
    session = SandboxSession.by_token(token) if gateways.chosen().name == "sandbox" else None
    return session or abort(404)


@bp.get("/sessions/<token>")
@public
def session(token: str) -> Any:
    """Show the payment page, the bank's question, or where to go when it is over."""
    row = found(token)
    return over(row) if row.state in {"complete", "expired"} else show(row)


def over(row: SandboxSession) -> Response:
    return see(path_of(row.done_url if row.state == "complete" else row.back_url))


def path_of(url: str) -> str:
    """Our own addresses come back absolute, as a provider far away would need them."""
    return "/" + url.split("://", 1)[-1].partition("/")[2]


def show(row: SandboxSession, status: int = 200, **said: str) -> Any:
    name = "challenge" if row.state == "challenge" else "session"
    ctx = {"session": row, "cards": numbers.CARDS, "accounts": numbers.ACCOUNTS, "routing": numbers.ROUTING}
    return page(f"checkout/sandbox/{name}.html", status, back=path_of(row.back_url), said=said, typed=request.form, **ctx)


@bp.post("/sessions/<token>/payment")
@public
@limit("30/minute")
def pay(token: str) -> Any:
    """Pay with a test card or a test bank account."""
    row = found(token)
    if row.state != "open":
        return see("sandbox.session", token=token)
    return pay_by_bank(row) if row.method == "ach" else pay_by_card(row)


def pay_by_card(row: SandboxSession) -> Any:
    number = numbers.digits(request.form.get("number", ""))
    card = numbers.CARDS.get(number)
    if card is None:
        return show(row, 422, number="Only the test numbers below work here. Please type no real card.")
    if card.failure:
        refuse(row, card.failure)
    elif card.challenge:
        row.card = number if row.take("open", "challenge") else row.card
    elif row.take("open", "complete"):
        captured(row, number)
    return see("sandbox.session", token=row.token)


def refuse(row: SandboxSession, words: str) -> None:
    """The card is declined; the page stays open for another one."""
    row.said = words
    gateway.tell("payment.declined", row.payment, News(payment=row.payment, ref=row.token, failure=words))


def captured(row: SandboxSession, number: str) -> None:
    card = numbers.CARDS[number]
    charge = SandboxCharge.by_card(row, number, card)
    gateway.note("session.completed", charge)
    if card.disputed:
        gateway.open_dispute(charge)


def debited(row: SandboxSession, number: str) -> None:
    charge = SandboxCharge.by_bank(row, number, numbers.ACCOUNTS[number])
    gateway.note("session.completed", charge)
    gateway.settle_later(charge)


def pay_by_bank(row: SandboxSession) -> Any:
    number = numbers.digits(request.form.get("account", ""))
    if numbers.digits(request.form.get("routing", "")) != numbers.ROUTING:
        return show(row, 422, routing=f"The only test routing number is {numbers.ROUTING}.")
    if number not in numbers.ACCOUNTS:
        return show(row, 422, account="Only the test accounts below work here. Please type no real account.")
    if not request.form.get("mandate"):
        return show(row, 422, mandate="The debit needs your authorisation.")
    if row.take("open", "complete"):
        debited(row, number)
    return see("sandbox.session", token=row.token)


@bp.post("/sessions/<token>/answer")
@public
@limit("30/minute")
def answer(token: str) -> Any:
    """The customer answers their bank: yes it is me, or no."""
    row = found(token)
    yes = request.form.get("answer") == "yes"
    if yes and row.take("challenge", "complete"):
        captured(row, row.card)
    elif not yes and row.take("challenge", "open"):
        refuse(row, "Your bank could not confirm that it is you. Nothing was taken.")
    return see("sandbox.session", token=token)


@bp.post("/charges/<token>/settlement")
@public
@limit("30/minute")
def settle(token: str) -> Any:
    """Fast-forward a bank debit to its end: as its account number says, or as asked for."""
    charge = (SandboxCharge.by_token(token) if gateways.chosen().name == "sandbox" else None) or abort(404)
    wanted = request.form.get("outcome", "")
    failure = {"succeeded": "", "failed": charge.ends or "The bank returned the debit."}.get(wanted, charge.ends)
    gateway.settle(charge, failure)
    return see(path_of(charge.session.done_url) if charge.session else "/")
