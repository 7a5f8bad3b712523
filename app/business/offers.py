"""What the firm sells: one markdown file in content/offers/ for each offer, checked as it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.lib import content
from app.lib.content import Document, Problem
from app.lib.fields import Fields

FOLDER = "offers"
METHODS = ("card", "ach")
KINDS = ("full", "split", "deposit")


@dataclass(frozen=True)
class AddOn:
    """Something a client may add to an offer. `suggested_for` are the professions for which it comes ticked, visible and removable."""

    id: str
    title: str
    price: int
    description: str
    professions: tuple[str, ...] = ()
    suggested_for: tuple[str, ...] = ()

    def suits(self, profession: str | None) -> bool:
        return not self.professions or profession is None or profession in self.professions


@dataclass(frozen=True)
class PaymentPlan:
    """A way to pay: all at once, in `payments` equal parts every `every` months, or a `deposit` now and the rest after `rest_days`.

    Money is in minor units; `fee` is what this plan costs on top.
    """

    id: str
    kind: str
    title: str
    terms: str
    methods: tuple[str, ...] = METHODS
    payments: int = 1
    every: int = 1
    deposit: int = 0
    rest_days: int = 0
    fee: int = 0

    def amounts(self, total: int) -> tuple[int, ...]:
        """The single payments that make up `total` plus the fee, in order; the first takes what does not divide."""
        whole = total + self.fee
        if self.kind == "deposit":
            first = min(self.deposit, whole)
            return (first, whole - first) if whole > first else (first,)
        each, rest = divmod(whole, self.payments)
        return (each + rest, *[each] * (self.payments - 1))


@dataclass(frozen=True)
class Guarantee:
    """What happens when a client is not content, and within how many days they may say so."""

    title: str
    text: str
    days: int


@dataclass(frozen=True)
class Step:
    """One thing that happens after payment, and when."""

    when: str
    title: str
    text: str


@dataclass(frozen=True)
class Offer:
    """One offer as pages, checkout and letters name it. `price` is in minor units of `currency`; `body` is markdown."""

    slug: str
    title: str
    summary: str
    price: int
    currency: str
    per: str
    weeks: int
    order: int
    professions: tuple[str, ...]
    includes: tuple[str, ...]
    not_included: tuple[str, ...]
    add_ons: tuple[AddOn, ...]
    plans: tuple[PaymentPlan, ...]
    guarantee: Guarantee
    after: tuple[Step, ...]
    questions: tuple[tuple[str, str], ...]
    terms: str
    consult: str
    session: str
    featured: bool
    body: str

    def suits(self, profession: str | None) -> bool:
        return not self.professions or profession is None or profession in self.professions

    def add_on(self, id: str) -> AddOn | None:
        return next((one for one in self.add_ons if one.id == id), None)

    def plan(self, id: str) -> PaymentPlan | None:
        return next((one for one in self.plans if one.id == id), None)

    @classmethod
    def all(cls) -> list[Offer]:
        """The published offers in the order their files ask for."""
        found = (offer for offer, _ in read_all() if offer is not None)
        return sorted(found, key=lambda offer: (offer.order, offer.slug))

    @classmethod
    def find(cls, slug: str) -> Offer | None:
        return next((offer for offer in cls.all() if offer.slug == slug), None)

    @classmethod
    def for_profession(cls, profession: str | None) -> list[Offer]:
        return [offer for offer in cls.all() if offer.suits(profession)]


_read: dict[str, tuple[Document, Offer | None, list[Problem]]] = {}


def read_all() -> Iterator[tuple[Offer | None, list[Problem]]]:
    for document in content.documents(FOLDER):
        known = _read.get(document.name)
        if known is None or known[0] is not document:
            known = _read[document.name] = (document, *read(document))
        yield known[1], known[2]


def read(document: Document) -> tuple[Offer | None, list[Problem]]:
    """The offer in a file, or None when it is a draft or could charge a wrong amount; and what an editor should mend."""
    fields = Fields.of(document)
    status = fields.choice("status", ("draft", "published"), "published")
    guarantee = fields.part("guarantee")
    offer = Offer(
        slug=document.slug,
        title=fields.text("title"),
        summary=fields.text("summary"),
        price=fields.cents("price"),
        currency=fields.text("currency", "USD"),
        per=fields.text("per", ""),
        weeks=fields.number("weeks", 0),
        order=fields.number("order", 100),
        professions=fields.words("professions"),
        includes=fields.words("includes"),
        not_included=fields.words("not_included"),
        add_ons=tuple(read_add_on(row) for row in fields.rows("add_ons")),
        plans=tuple(read_plan(row) for row in fields.rows("plans")),
        guarantee=Guarantee(guarantee.text("title"), guarantee.text("text"), guarantee.number("days", 0)),
        after=tuple(Step(row.text("when"), row.text("title"), row.text("text", "")) for row in fields.rows("after")),
        questions=tuple((row.text("q"), row.text("a")) for row in fields.rows("questions")),
        terms=fields.text("terms", ""),
        consult=fields.text("consult", ""),
        session=fields.text("session", ""),
        featured=fields.flag("featured"),
        body=document.body,
    )
    check(offer, fields)
    sellable = status == "published" and bool(offer.title) and offer.price > 0 and bool(offer.plans) and not fields.problems
    return (offer if sellable else None), fields.done()


def read_add_on(row: Fields) -> AddOn:
    add_on = AddOn(
        id=row.text("id"),
        title=row.text("title"),
        price=row.cents("price"),
        description=row.text("description", ""),
        professions=row.words("professions"),
        suggested_for=row.words("suggested_for"),
    )
    row.done()
    return add_on


def read_plan(row: Fields) -> PaymentPlan:
    kind = row.choice("kind", KINDS)
    plan = PaymentPlan(
        id=row.text("id"),
        kind=kind,
        title=row.text("title"),
        terms=row.text("terms", ""),
        methods=row.words("methods", METHODS),
        payments=row.number("payments", 2 if kind == "split" else 1, 1),
        every=row.number("every", 1, 1),
        deposit=row.cents("deposit", 0),
        rest_days=row.number("rest_days", 0),
        fee=row.cents("fee", 0),
    )
    row.done()
    return plan


def check(offer: Offer, fields: Fields) -> None:
    """What the single values cannot show: names used twice, a deposit larger than the price, unknown ways to pay."""
    if len(offer.currency) != 3 or not offer.currency.isupper():
        fields.complain("currency", "should be three capital letters such as USD")
    for name, ids in (("add_ons", [one.id for one in offer.add_ons]), ("plans", [one.id for one in offer.plans])):
        if len(ids) != len(set(ids)):
            fields.complain(name, "uses an id twice")
    if not offer.plans:
        fields.complain("plans", "needs at least one way to pay")
    for plan in offer.plans:
        if plan.kind == "deposit" and not 0 < plan.deposit < offer.price:
            fields.complain("plans", f"has a deposit in {plan.id!r} that is not between nothing and the price")
        if set(plan.methods) - set(METHODS) or not plan.methods:
            fields.complain("plans", f"names a method in {plan.id!r} other than {', '.join(METHODS)}")


@content.check("offers")
def problems() -> Iterable[Problem]:
    yield from content.problems(FOLDER)
    for _, found in read_all():
        yield from found
