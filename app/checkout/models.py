"""What checkout keeps, for itself and for the floors above: orders, payments, deliveries; and what its last step shows."""

from __future__ import annotations

from app.checkout import asking
from app.checkout import visits as browser
from app.checkout.agreed import Installment, Line
from app.checkout.calendar import Appointment
from app.checkout.deliveries import WebhookDelivery
from app.checkout.exits import ExitAsk
from app.checkout.followups import FollowUp, stop_when
from app.checkout.orders import Order
from app.checkout.payments import Hold, Payment
from app.checkout.refunds import Dispute, Refund
from app.checkout.sandbox import bank
from app.checkout.scene import pay_scene
from app.checkout.steps import Step

__all__ = [
    "Appointment", "Dispute", "ExitAsk", "FollowUp", "Hold", "Installment", "Line", "Order", "Payment", "Refund", "Step", "WebhookDelivery",
    "asking", "bank", "browser", "pay_scene", "stop_when",
]  # fmt: skip
