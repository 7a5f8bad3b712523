"""The demo firm's orders: bought, being bought and left, by the demo's people, through the same doors as everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.accounts.models import Person
from app.business.models import Offer
from app.checkout import followups, gateways, till, visits
from app.checkout.events import PaymentBegun, StepDone, StepRefused
from app.checkout.gateways import Started
from app.checkout.listeners import charge_time
from app.checkout.orders import Order
from app.checkout.payments import Payment
from app.checkout.pricing import option_of, quote
from app.checkout.sandbox import pages
from app.checkout.sandbox.bank import SandboxSession
from app.checkout.sandbox.gateway import Sandbox
from app.checkout.sandbox.numbers import SUCCESS
from app.lib import clock, tokens
from app.lib.facts import tell
from app.lib.page import absolute

BANK_ACCOUNT = "000123456789"


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """One order: who, what, how, how long ago, and how far they came.

    `left_at` is the step that was not finished, empty when they bought; `paid` says how many parts were charged since, `refunded` why
    all of it went back.
    """

    name: str
    email: str
    profession: str
    offer: str
    ago: timedelta
    option: str = "card"
    add_ons: tuple[str, ...] = ()
    device: str = "desktop"
    came_from: str = ""
    left_at: str = ""
    mistyped: str = ""
    paid: int = 1
    refunded: str = ""


MIRIAM: dict[str, Any] = {"name": "Miriam Oduya", "email": "miriam@practice.example", "profession": "therapist"}
PAULA: dict[str, Any] = {"name": "Dr. Paula Brandt", "email": "brandt@praxis-brandt.example", "profession": "physician"}
THEO: dict[str, Any] = {"name": "Theo Lindqvist", "email": "theo@lindqvist.example", "profession": "consultant"}
HANNE: dict[str, Any] = {"name": "Hanne Okafor", "email": "hanne@okafor.example", "profession": "therapist"}
PURCHASES = (
    Purchase(**MIRIAM, offer="clear-view", ago=timedelta(days=74), came_from="newsletter"),
    Purchase(**MIRIAM, offer="steady-caseload", ago=timedelta(days=40), option="three", add_ons=("partner-letters",), paid=2),
    Purchase(**HANNE, offer="clear-view", ago=timedelta(days=19), device="phone", refunded="Thirty days, every dollar: moved abroad."),
    Purchase(**THEO, offer="signed-work", ago=timedelta(days=8), add_ons=("site",), came_from="search", mistyped="phone"),
    Purchase(**PAULA, offer="own-practice", ago=timedelta(hours=26), option="ach", add_ons=("staff-days", "membership")),
    Purchase(**HANNE, offer="steady-caseload", ago=timedelta(hours=3), device="phone", left_at="plan", mistyped="email"),
)


def fill() -> None:
    """Nothing where another gateway takes the payments: demo orders are paid in the sandbox only."""
    if gateways.chosen().name == "sandbox":
        for purchase in PURCHASES:
            offer = Offer.find(purchase.offer)
            if offer is not None:
                with clock.at(clock.now() - purchase.ago):
                    play(purchase, offer)


def play(purchase: Purchase, offer: Offer) -> None:
    order = introduced(purchase, offer)
    if purchase.left_at == "plan":
        followups.plan(order)
    else:
        order.choose(list(purchase.add_ons), option_of(offer, purchase.option))
        finish(order, "plan", 64)
        payment = begun(order, offer)
        pay(payment)
        charge_parts(order, purchase.paid)
        if purchase.refunded:
            agent = Person.by_email("ruth@northlight.example")
            till.give_back(payment, payment.taken_cents, reason=purchase.refunded, by_id=agent.id if agent else None, key="demo")


def introduced(purchase: Purchase, offer: Offer) -> Order:
    context = {"from": {"utm_source": purchase.came_from} if purchase.came_from else {}, "plan": ""}
    order = Order.open(offer, context=context, visit=tokens.secret(96), device=purchase.device)
    order.introduce(name=purchase.name, email=purchase.email, phone="", profession=purchase.profession)
    order.belong_to(Person.by_email(purchase.email))
    if purchase.mistyped:
        order.step("you").came_back([purchase.mistyped])
        where = {"offer": offer.slug, "visit": order.visit, "device": order.device, "profession": order.profession}
        tell(StepRefused(step="you", fields=[purchase.mistyped], **where))
    if purchase.left_at:
        followups.note_wish(order, "y")
    order.add_ons = visits.suggested(offer, order.profession)
    finish(order, "you", 38)
    return order


def finish(order: Order, name: str, seconds: int) -> None:
    step = order.step(name)
    step.finish(seconds)
    tell(StepDone(order_id=order.id, step=name, seconds=seconds, tries=step.tries))


def begun(order: Order, offer: Offer) -> Payment:
    price = quote(offer, order.add_ons, order.choice, visits.today())
    order.agree(price, Sandbox.name)
    payment = Payment.begin(order, number=1, purpose="pay", cents=price.today_cents, checkout_key=tokens.secret())
    finish(order, "pay", 47)
    tell(PaymentBegun(order_id=order.id, payment_id=payment.id))
    done = absolute("checkout.come_back", token=payment.token)
    session = SandboxSession.begin(payment.ask(done_url=done, back_url=till.back_url(payment)))
    payment.began(Started(ref=session.token))
    return payment


def pay(payment: Payment) -> None:
    """What the customer does on the sandbox's page, and what is heard of it."""
    session = SandboxSession.by_token(payment.ref)
    if session is not None and session.take("open", "complete"):
        pages.debited(session, BANK_ACCOUNT) if payment.method == "ach" else pages.captured(session, SUCCESS)
        news = Sandbox().status(payment.ask())
        if news is not None:
            payment.hear(news)


def charge_parts(order: Order, paid: int) -> None:
    """Each later part on its day."""
    for part in order.installments[1:paid]:
        with clock.at(charge_time(part.due_on)):
            payment = Payment.begin(order, number=part.number, purpose="charge", cents=part.cents)
            payment.began(Sandbox().start(payment.ask()))
