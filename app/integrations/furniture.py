"""After all plugs are in: what the settings ask for must be there."""

from __future__ import annotations

from flask import Flask

from app.checkout import gateways
from app.settings import WrongSetting


def init_app(app: Flask) -> None:
    wanted = app.config["SETTINGS"].gateway
    if wanted not in gateways.names():
        have = ", ".join(gateways.names())
        raise WrongSetting(f"FRONTDESK_GATEWAY is {wanted!r}, but that plug is not switched on; there is {have}. See docs/checkout.md.")
