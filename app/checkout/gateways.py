"""The socket for payment providers. A gateway takes an Ask, sends the customer to its page or charges a saved method, and brings News.

A plug lives in app/integrations/<name>/ and calls `plug(its_gateway)` when it is mounted and switched on; the sandbox is built in.
No gateway touches an order: `Payment.hear` is the only place where news becomes state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import current_app

from app.lib.plugs import Plugs


class Away(RuntimeError):
    """The gateway cannot be reached or asks us to come back: nothing is known, ask again with the same idempotency key."""


class Declined(RuntimeError):
    """The gateway understood and said no, for good, for this key: the words are fit for a customer."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What we want of a gateway, in plain values. `key` was saved before the call: the same key never charges twice.

    `purpose` is pay (the customer is here), charge (a saved method, nobody is here) or method (save a method, take nothing);
    `method` is card or ach.
    """

    payment: str
    key: str
    order: str
    purpose: str
    method: str
    cents: int
    currency: str
    words: str
    email: str
    name: str
    profession: str = ""
    offer: str = ""
    add_ons: tuple[str, ...] = ()
    keep_method: bool = False
    ref: str = ""
    charge_ref: str = ""
    customer_ref: str = ""
    method_ref: str = ""
    done_url: str = ""
    back_url: str = ""


@dataclass(frozen=True, kw_only=True)
class News:
    """What a gateway says about one payment. Empty or None fields say nothing; `cents` and `currency` are what it really took.

    `state` is pending, processing, succeeded, failed or expired. `refunds` maps the gateway's refund ids to (cents, state);
    `dispute` is (id, open|won|lost, cents). One of `payment` (our token), `ref` (session) and `charge_ref` names the payment.
    """

    payment: str = ""
    ref: str = ""
    charge_ref: str = ""
    state: str = ""
    cents: int | None = None
    currency: str = ""
    customer_ref: str = ""
    method_ref: str = ""
    method_label: str = ""
    failure: str = ""
    refunds: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    refunded_cents: int | None = None
    dispute: tuple[str, str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Started:
    """The answer to an Ask: where to send the customer (`url`), or what to embed, or the news at once for a charge."""

    ref: str
    url: str = ""
    embed: Mapping[str, Any] | None = None
    news: News | None = None


@dataclass(frozen=True, kw_only=True)
class Message:
    """One webhook after its signature has been checked: the id that is the same over retries, its type, what it says."""

    id: str
    kind: str
    news: tuple[News, ...] = ()


class Gateway(Protocol):
    """A payment provider. Amounts are integer minor units. Every call may be repeated with the same key. None holds a transaction.

    `options` are the kinds of payment it takes (card, ach, split, deposit); `safety` is what may truly be said to customers about it.
    """

    name: str
    title: str
    options: frozenset[str]
    safety: str

    def start(self, ask: Ask) -> Started:
        """Begin a payment, charge a saved method, or begin to save one. Raises Away, Declined."""

    def confirm(self, ask: Ask, args: Mapping[str, str]) -> News | None:
        """The customer came back from the gateway with these query arguments: what is true now. None when it cannot be known yet."""

    def webhook(self, headers: Mapping[str, str], body: bytes, fresh: bool = True) -> Message:
        """Verify and read one delivery. Raises signatures.Forged, ValueError for bytes that are no message.

        `fresh` False reads a stored delivery again: the signature was checked when it came, its age no longer matters.
        """

    def refund(self, ask: Ask, cents: int) -> News:
        """Give back `cents` of a captured payment; `ask.key` is the refund's own key. Raises Away, Declined."""

    def status(self, ask: Ask) -> News | None:
        """What the gateway holds about this payment now; None when it never heard of it. Raises Away."""

    def close(self, ask: Ask) -> News:
        """Make an unfinished payment page useless, so that a changed order is paid once. The news says expired, or what came first."""


_gateways = Plugs[Gateway]()
plug, of, names = _gateways.plug, _gateways.of, _gateways.names


def chosen() -> Gateway:
    """The gateway that takes new payments: the `gateway` setting, `sandbox` by default."""
    return of(current_app.config["SETTINGS"].gateway)
