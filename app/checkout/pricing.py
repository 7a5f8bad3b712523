"""What an order costs and when: the ways to pay an offer, its lines, total and dated charges. Pure functions over integer cents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from app.business.models import Offer, PaymentPlan


class NotOffered(ValueError):
    """This add-on or this way to pay does not belong to the offer."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One way to pay as the customer sees it: a plan of the offer with a method. `kind` is card, ach, split or deposit."""

    id: str
    kind: str
    method: str
    plan: PaymentPlan


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One dated amount of a schedule; number 1 is taken today."""

    number: int
    on: date
    cents: int


@dataclass(frozen=True, kw_only=True)
class Priced:
    """One line of an order: what it is and what it costs."""

    slug: str
    title: str
    cents: int


@dataclass(frozen=True, kw_only=True)
class Quote:
    """An exact price: every line, the fee of the plan, the total, and each charge with its date."""

    option: Option
    currency: str
    lines: tuple[Priced, ...]
    charges: tuple[Charge, ...]

    @property
    def fee_cents(self) -> int:
        return self.option.plan.fee

    @property
    def total_cents(self) -> int:
        return sum(line.cents for line in self.lines) + self.fee_cents

    @property
    def today_cents(self) -> int:
        return self.charges[0].cents

    @property
    def mark(self) -> str:
        """By it a page says what it has shown: the way to pay, every line, every date and amount."""
        shown: list[object] = [self.option.id, self.currency, self.fee_cents]
        shown += [(line.slug, line.cents) for line in self.lines] + [(charge.on.isoformat(), charge.cents) for charge in self.charges]
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]

    @property
    def later(self) -> tuple[Charge, ...]:
        return self.charges[1:]


SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "CA$", "AUD": "A$"}


def amount(cents: int, currency: str) -> str:
    """Money in plain words, for letters and buttons: $2,400 or $2,400.50."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'−' if cents < 0 else ''}{SIGNS.get(currency, currency + ' ')}{whole:,}{f'.{rest:02d}' if rest else ''}"


def options(offer: Offer, accepted: Iterable[str] = ("card", "ach", "split", "deposit")) -> list[Option]:
    """The ways to pay that the offer has and the gateway accepts. Only a payment in full may be a bank debit: parts need a saved card."""
    found = [option for plan in offer.plans for option in options_of(plan)]
    return [option for option in found if option.kind in set(accepted)]


def options_of(plan: PaymentPlan) -> list[Option]:
    if plan.kind == "full":
        return [Option(id=method, kind=method, method=method, plan=plan) for method in plan.methods]
    return [Option(id=plan.id, kind=plan.kind, method="card", plan=plan)] if "card" in plan.methods else []


def option_of(offer: Offer, option_id: str) -> Option:
    """Raises NotOffered."""
    found = next((option for option in options(offer) if option.id == option_id), None)
    if found is None:
        raise NotOffered(f"{offer.slug} cannot be paid by {option_id!r}.")
    return found


def quote(offer: Offer, add_ons: Iterable[str], option_id: str, today: date) -> Quote:
    """The price of `offer` with these add-ons (ids), paid by this option, agreed on `today`. Raises NotOffered."""
    option, lines = option_of(offer, option_id), priced(offer, add_ons)
    amounts = option.plan.amounts(sum(line.cents for line in lines))
    return Quote(option=option, currency=offer.currency, lines=lines, charges=charges(option.plan, amounts, today))


def priced(offer: Offer, add_ons: Iterable[str]) -> tuple[Priced, ...]:
    wanted = set(add_ons)
    unknown = wanted - {one.id for one in offer.add_ons}
    if unknown:
        raise NotOffered(f"{offer.slug} has no add-on {sorted(unknown)[0]!r}.")
    first = Priced(slug=offer.slug, title=offer.title, cents=offer.price)
    return (first, *(Priced(slug=one.id, title=one.title, cents=one.price) for one in offer.add_ons if one.id in wanted))


def charges(plan: PaymentPlan, amounts: tuple[int, ...], today: date) -> tuple[Charge, ...]:
    return tuple(Charge(number=n + 1, on=due(plan, n, today), cents=cents) for n, cents in enumerate(amounts))


def due(plan: PaymentPlan, n: int, today: date) -> date:
    """When the charge after the n-th month or after the deposit is taken: a month keeps its day where it has one."""
    if plan.kind == "deposit":
        return today + timedelta(days=plan.rest_days if n else 0)
    return today + relativedelta(months=plan.every * n)
