"""What checkout keeps, for itself and for the floors above: orders, payments, deliveries."""

from __future__ import annotations

from app.checkout.deliveries import WebhookDelivery
from app.checkout.followups import FollowUp, OptOut, stop_when
from app.checkout.orders import Installment, Line, Order, Step
from app.checkout.payments import Dispute, Hold, Payment, Refund
from app.checkout.sandbox import bank

__all__ = [
    "Dispute", "FollowUp", "Hold", "Installment", "Line", "OptOut", "Order", "Payment", "Refund", "Step", "WebhookDelivery", "bank",
    "stop_when",
]  # fmt: skip
