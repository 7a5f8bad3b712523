"""Switches the plug on when there is a secret key; the official `stripe` package is only loaded then."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from app.checkout import gateways
from app.settings import WrongSetting


def init_app(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    if not settings.stripe_secret_key:
        if settings.gateway == "stripe":
            raise WrongSetting("FRONTDESK_GATEWAY is stripe, but FRONTDESK_STRIPE_SECRET_KEY is missing.")
        return
    if find_spec("stripe") is None:
        raise WrongSetting("FRONTDESK_STRIPE_SECRET_KEY is set, but the stripe package is missing: install the extra named stripe.")
    if settings.gateway == "stripe" and not settings.stripe_webhook_secret:
        raise WrongSetting("FRONTDESK_STRIPE_WEBHOOK_SECRET is missing: without it no payment would ever be heard of.")
    gateways.plug(import_module("app.integrations.stripe.gateway").Stripe())
