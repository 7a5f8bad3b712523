"""The facts that checkout tells."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class StepDone(Fact):
    """Somebody finished a step (you, plan or pay) after `seconds` on it, having been sent back `tries` times."""

    order_id: int
    step: str
    seconds: int
    tries: int


@dataclass(frozen=True, kw_only=True)
class StepRefused(Fact):
    """A step was sent back because of these fields. No order yet on the first step: `offer` and `visit` say where it was."""

    offer: str
    step: str
    fields: list[str]
    visit: str
    device: str
    profession: str


@dataclass(frozen=True, kw_only=True)
class PaymentBegun(Fact):
    """A customer agreed to the schedule and was sent to the gateway."""

    order_id: int
    payment_id: int


@dataclass(frozen=True, kw_only=True)
class OrderMoved(Fact):
    """An order is in another state now: draft, pending, processing, paid, partly_paid, failed, refunded or disputed."""

    order_id: int
    was: str
    state: str


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(Fact):
    """Money arrived: the first charge of an order or one of its later ones. `since`: when it was known to be on its way, if it was."""

    order_id: int
    payment_id: int
    number: int
    since: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Fact):
    """A charge failed for good under its key; `number` is the place in the schedule, 1 for the first."""

    order_id: int
    payment_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class PaymentHeld(Fact):
    """A gateway took another amount or currency than we asked for: a person must look."""

    order_id: int
    payment_id: int


@dataclass(frozen=True, kw_only=True)
class WebhookUnplaced(Fact):
    """A webhook came that names no payment of ours, not even one we know by the gateway's own id for it, which is `ref`."""

    gateway: str
    ref: str


@dataclass(frozen=True, kw_only=True)
class RefundMade(Fact):
    """Money went back to the customer."""

    order_id: int
    payment_id: int
    cents: int


@dataclass(frozen=True, kw_only=True)
class RefundFailed(Fact):
    """Money that was to go back did not: the gateway refused it, at once or days later."""

    order_id: int
    refund_id: int


@dataclass(frozen=True, kw_only=True)
class FollowUpSent(Fact):
    """A letter went out to somebody who left a checkout: the first or the second one."""

    order_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class CheckoutResumed(Fact):
    """Somebody came back to a checkout through a link: from a letter (1 or 2), or from one they asked for (0)."""

    order_id: int
    letter: int
