"""The three steps, the way to the gateway and back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from app.checkout import desk, exits, followups, gateways, hooks, portal, receipts, resuming, till, visits
from app.checkout.events import PaymentBegun, StepDone
from app.checkout.forms import PayForm, PlanForm, YouForm, seconds_since
from app.checkout.orders import Order
from app.checkout.payments import Payment
from app.checkout.sandbox import pages as sandbox
from app.checkout.scene import pay_scene, plan_scene, you_scene
from app.checkout.visits import offered, order_at
from app.lib import clock
from app.lib.access import public
from app.lib.facts import tell
from app.lib.limits import limit
from app.lib.page import is_part, page, see
from app.lib.pagecache import keep_form_for_strangers

bp = Blueprint("checkout", __name__)


@bp.get("/checkout/<offer>")
@public
def start(offer: str) -> Any:
    """Step 1 of 3: who are you? What the address says is filled in."""
    found = offered(offer)
    keep_form_for_strangers(60)
    return page("checkout/you.html", **you_scene(found, visits.mine(found)))


@bp.post("/checkout/<offer>")
@public
@limit("60/minute")
def introduce(offer: str) -> Any:
    """Keep who they are; make the order at the first time."""
    found = offered(offer)
    order = visits.mine(found)
    scene = you_scene(found, order)
    form: YouForm = scene["form"]
    if not form.validate_on_submit():
        visits.refuse(found, "you", sorted(form.errors), order)
        return page("checkout/you.html", 422, **scene)
    if order is None or not order.is_open:
        order = opened(found)
    before = order.email, order.phone
    order.introduce(**{name: form[name].data or "" for name in ("name", "email", "phone", "profession")})
    followups.note_wish(order, "y" if form.follow_up.data is True else form.follow_up.data or "", *before)
    order.person_id = order.person_id or visits.owner_id()
    if not order.done("plan"):
        order.add_ons = visits.wishes(found)["add_ons"] or visits.suggested(found, order.profession)
    finish(order, "you", form)
    return see("checkout.plan", offer=offer)


def opened(offer: Any) -> Order:
    wishes = visits.wishes(offer)
    order = Order.open(offer, context={"from": wishes["from"], "plan": wishes["plan"]}, visit=visits.visit(), device=visits.device())
    visits.remember(order)
    return order


def finish(order: Order, name: str, form: Any) -> None:
    seconds = seconds_since(form, clock.now().timestamp())
    step = order.step(name)
    step.finish(seconds)
    tell(StepDone(order_id=order.id, step=name, seconds=seconds, tries=step.tries))
    followups.plan(order)


@bp.post("/checkout/<offer>/checks/<field>")
@public
@limit("240/minute")
def check(offer: str, field: str) -> Any:
    """What is wrong with one field of step one, as the fragment that stands under it; empty when nothing is."""
    form: YouForm = you_scene(offered(offer), None)["form"]
    if field not in {"email", "name", "phone", "profession"}:
        abort(404)
    own = getattr(form, f"validate_{field}", None)
    form[field].validate(form, [lambda _form, checked: own(checked)] if own else [])
    return page("checkout/_check.html", field=form[field])


@bp.get("/checkout/<offer>/plan")
@public
def plan(offer: str) -> Any:
    """Step 2 of 3: what do you add, and how do you pay?"""
    found = offered(offer)
    return page("checkout/plan.html", **plan_scene(found, order_at(found, "you")))


@bp.post("/checkout/<offer>/plan")
@public
@limit("60/minute")
def choose(offer: str) -> Any:
    """Keep the add-ons and the way to pay. With `preview` only the new totals are shown, and nothing is decided."""
    found = offered(offer)
    order = order_at(found, "you")
    scene = plan_scene(found, order)
    form: PlanForm = scene["form"]
    if "preview" in request.form:
        return page("checkout/plan.html", preview=is_part(), **scene)
    if not form.validate_on_submit():
        visits.refuse(found, "plan", sorted(form.errors), order)
        return page("checkout/plan.html", 422, **scene)
    order.choose(form.add_ons.data or [], scene["quote"].option)
    finish(order, "plan", form)
    return see("checkout.pay", offer=offer)


@bp.get("/checkout/<offer>/pay")
@public
def pay(offer: str) -> Any:
    """Step 3 of 3: everything once more, then pay."""
    found = offered(offer)
    return page("checkout/pay.html", **pay_scene(found, order_at(found, "you", "plan")))


@bp.post("/checkout/<offer>/payment")
@public
@limit("30/minute")
def begin_payment(offer: str) -> Any:
    """Agree to the schedule and make the payment, once for each page however often it is sent."""
    found = offered(offer)
    order = order_at_payment(found)
    scene = pay_scene(found, order)
    form: PayForm = scene["form"]
    if not form.validate_on_submit():
        visits.refuse(found, "pay", sorted(form.errors), order)
        return page("checkout/pay.html", 422, **scene)
    if form.shown.data != scene["quote"].mark:
        return page("checkout/pay.html", 422, **{**scene, "changed": True})
    try:
        payment = begun(order, scene["quote"], form)
    except gateways.Away:
        return away(order)
    return see("checkout.go", offer=offer, token=payment.token) if payment else see("receipts.receipt", number=order.number)


def order_at_payment(offer: Any) -> Order:
    """The order; the second of two clicks is led on to where the first one went."""
    order = visits.mine(offer)
    twin = Payment.by_checkout_key(request.form.get("key", "")[:40])
    if order is not None and twin is not None and twin.order_id == order.id:
        abort(see("checkout.go", offer=offer.slug, token=twin.token))
    return order_at(offer, "you", "plan")


def begun(order: Order, quote: Any, form: PayForm) -> Payment | None:
    """The payment to go on with; None when money moved in the meantime and there is nothing left to pay here."""
    stale = order.stale_payment(quote, gateways.chosen().name)
    if stale is not None:
        till.close(stale.id)
    order = Order.locked(order.id)
    if not order.is_open:
        return None
    going = order.open_payment()
    if going is not None:
        return going
    order.agree(quote, gateways.chosen().name)
    payment = Payment.begin(order, number=1, purpose="pay", cents=quote.today_cents, checkout_key=form.key.data)
    finish(order, "pay", form)
    tell(PaymentBegun(order_id=order.id, payment_id=payment.id))
    order.settle()
    return payment


@bp.get("/checkout/payments/<token>", defaults={"offer": ""})
@bp.get("/checkout/<offer>/payments/<token>")
@public
def go(offer: str, token: str) -> Any:
    """On to the gateway's page. The key was saved before; asked again, it is the same page."""
    payment = Payment.by_token(token)
    if payment is None or payment.order.offer != offer or not visits.holds(payment.order):
        abort(404)
    if payment.is_open and not payment.url:
        try:
            payment = till.start(payment.id)
        except gateways.Away:
            return away(payment.order, token)
    return led_on(payment)


def away(order: Order, token: str = "") -> Response:
    """The gateway does not answer: nothing is lost, and the way back is here."""
    return page("checkout/away.html", 503, order=order, token=token)


def led_on(payment: Payment) -> Response:
    order = payment.order
    if payment.is_open and payment.url:
        return away_to(payment.url)
    if order.back:
        return see(order.back)
    if order.is_bought:
        if payment.number:
            visits.bought(order)
        return see("receipts.receipt", number=order.number)
    return see("checkout.pay", offer=order.offer)


def away_to(url: str) -> Response:
    """A redirect on our own host; to another host a page that goes on by itself, as form-action of the policy would stop a redirect."""
    if url.startswith("/"):
        return see(url)
    response: Response = page("checkout/onward.html", url=url)
    response.headers["Refresh"] = f"0; url={url}"
    return response


@bp.get("/checkout/back/<token>")
@public
def come_back(token: str) -> Any:
    """The gateway sends the customer back here; what is true is asked of the gateway."""
    payment = Payment.by_token(token) or abort(404)
    payment = till.come_back(payment.id, request.args.to_dict())
    order = payment.order
    if order.back:
        return see(order.back)
    if order.is_bought and visits.holds(order):
        visits.bought(order)
    done = order.is_bought or payment.is_open
    return see("receipts.receipt", number=order.number) if done else see("checkout.pay", offer=order.offer)


blueprints = (bp, resuming.bp, exits.bp, receipts.bp, portal.bp, desk.bp, hooks.bp, sandbox.bp)
