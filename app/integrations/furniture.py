"""The link to the page of integrations, for people who work here; and whether the gateway that is asked for is there."""

from __future__ import annotations

from flask import Flask

from app.checkout import gateways
from app.lib import slots
from app.lib.access import only_for
from app.settings import WrongSetting

slots.fill("desk.nav", "integrations/_nav.html", only_for("agent"), order=310, kept=True)


def init_app(app: Flask) -> None:
    """Every plug is mounted by now: a gateway that is not there would fail each customer who pays."""
    wanted = app.config["SETTINGS"].gateway
    if wanted not in gateways.names():
        raise WrongSetting(
            f"FRONTDESK_GATEWAY is {wanted!r}, but nothing here takes payments under that name; there is {', '.join(gateways.names())}."
        )
