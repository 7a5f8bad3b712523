"""The page with Spiffy's checkout on it. Only here may anything be loaded from Spiffy."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, url_for

from app.checkout.models import Payment, browser, pay_scene
from app.integrations.spiffy.gateway import SCRIPT, address, offer_page, settings
from app.lib.access import public
from app.lib.page import page, see
from app.lib.security import allow_source

bp = Blueprint("spiffy", __name__)
HOSTS = ("https://js.static.spiffy.co", "https://*.spiffy.co")
OPENED = ("script-src", "style-src", "img-src", "font-src", "connect-src", "frame-src", "form-action")


@bp.get("/checkout/spiffy/<token>")
@public
def show(token: str) -> Any:
    """Show Spiffy's checkout for one payment to the browser that began it, and a plain link to the same."""
    payment = Payment.by_token(token)
    if payment is None or payment.gateway != "spiffy" or not browser.holds(payment.order):
        abort(404)
    if not payment.is_open:
        return see("checkout.come_back", token=token)
    open_policy()
    ask = payment.ask()
    link = address(ask, offer_page(ask.offer))
    return shown(payment, link)


def shown(payment: Payment, link: str) -> Response:
    script = f"{SCRIPT}?a={settings().spiffy_account}"
    back = url_for("checkout.come_back", token=payment.token)
    around = pay_scene(browser.offered(payment.order.offer), payment.order)
    return page("integrations/spiffy/pay.html", payment=payment, link=link, script=script, back=back, **around)


def open_policy() -> None:
    for directive in OPENED:
        allow_source(directive, *HOSTS)
    # Their form styles itself.
    allow_source("style-src", "'unsafe-inline'")
