"""Switches the plug on when there is an account."""

from __future__ import annotations

import re

from flask import Flask

from app.checkout import gateways
from app.integrations.spiffy.gateway import Spiffy
from app.settings import WrongSetting


def init_app(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    if not settings.spiffy_account:
        if settings.gateway == "spiffy":
            raise WrongSetting("FRONTDESK_GATEWAY is spiffy, but FRONTDESK_SPIFFY_ACCOUNT is missing.")
        return
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", settings.spiffy_account):
        raise WrongSetting("FRONTDESK_SPIFFY_ACCOUNT is the name before .spiffy.co, such as northlight.")
    if settings.spiffy_amounts not in {"dollars", "cents"}:
        raise WrongSetting("FRONTDESK_SPIFFY_AMOUNTS must be dollars or cents.")
    if settings.gateway == "spiffy" and not settings.spiffy_webhook_secret:
        raise WrongSetting("FRONTDESK_SPIFFY_WEBHOOK_SECRET is missing: without it no payment would ever be heard of.")
    if settings.gateway == "spiffy" and not settings.spiffy_key:
        raise WrongSetting("FRONTDESK_SPIFFY_KEY is missing: without it a payment whose message gets lost would never be heard of.")
    gateways.plug(Spiffy())
