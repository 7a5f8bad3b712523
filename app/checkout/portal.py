"""The customer's own orders in their account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import current_user

from app.checkout.orders import Order
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import page

bp = Blueprint("orders", __name__, url_prefix="/account/orders")


@bp.get("")
@needs("customer")
def index() -> Any:
    """What I bought, what is still to be paid and when, and every invoice."""
    rows = db.session.scalars(Order.seen_by(current_user)).all()
    return page("checkout/orders.html", orders=rows)
