"""What the steps show: the form, the price of each way to pay, and what stands beside it to reassure."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from app.business.models import Offer, Profession, Site, Testimonial
from app.checkout import gateways, visits
from app.checkout.forms import PayForm, PlanForm, TextingYouForm, YouForm
from app.checkout.orders import Order
from app.checkout.pricing import Option, Quote, options, quote
from app.lib import tokens
from app.lib.pagecache import now_in_page

STEP_NAMES = ("you", "plan", "pay")
STEPS = (("You", "checkout.start"), ("Your plan", "checkout.plan"), ("Pay and review", "checkout.pay"))


def scene(offer: Offer, order: Order | None, step: int, add_ons: list[str], option_id: str, profession: str) -> dict[str, Any]:
    """What every step shows. The quotes are exact: the total and the first charge date are known from step one."""
    ways = options(offer, gateways.chosen().options)
    quotes = {option.id: quote(offer, on_offer(offer, add_ons), option.id, visits.today()) for option in ways}
    chosen = option_id if option_id in quotes else ways[0].id
    return {
        "offer": offer,
        "order": order,
        "step": step,
        "step_name": STEP_NAMES[step - 1],
        "steps": STEPS,
        "ways": ways,
        "quotes": quotes,
        "quote": quotes[chosen],
        "gateway": gateways.chosen(),
        "profession": Profession.find(profession) if profession else None,
        "stories": Testimonial.choose(profession or None, offer.slug, most=2),
        "attested": [one for one in Site.current().attestations if one.holds(visits.today())],
        "since": now_in_page(),
    }


def on_offer(offer: Offer, add_ons: list[str]) -> list[str]:
    """Of these add-ons those that the offer still has."""
    return [one.id for one in offer.add_ons if one.id in add_ons]


def you_scene(offer: Offer, order: Order | None) -> dict[str, Any]:
    wishes, known = visits.wishes(offer), visits.known_person()
    typed = typed_before(order) or {name: wishes[name] or known.get(name, "") for name in ("email", "name", "phone", "profession")}
    form = (TextingYouForm if current_app.config["SETTINGS"].follow_up_sms else YouForm)(data=typed)
    form.profession.choices = [
        ("", "Please choose"),
        *((one.slug, one.name.capitalize()) for one in Profession.all()),
        ("other", "Something else"),
    ]
    profession = str(form.profession.data or "")
    add_ons = order.add_ons if order else wishes["add_ons"] or visits.suggested(offer, profession)
    option_id = order.choice if order else wishes["plan"]
    return {**scene(offer, order, 1, list(add_ons), option_id, profession), "form": form, "action": onward(offer, wishes)}


def onward(offer: Offer, wishes: dict[str, Any]) -> str:
    """Where step one is sent: with the wishes of the address that the form does not hold itself."""
    kept = {"addons": ",".join(wishes["add_ons"]), "plan": wishes["plan"], **wishes["from"]}
    return url_for("checkout.introduce", offer=offer.slug, **{name: value for name, value in kept.items() if value})


def typed_before(order: Order | None) -> dict[str, Any]:
    if order is None or not order.email:
        return {}
    return {name: getattr(order, name) for name in ("email", "name", "phone", "profession", "follow_up")}


def plan_scene(offer: Offer, order: Order) -> dict[str, Any]:
    ways = options(offer, gateways.chosen().options)
    form = PlanForm(data={"option": order.choice or first_way(order, ways), "add_ons": order.add_ons})
    form.option.choices = [(option.id, option.plan.title) for option in ways]
    add_ons = [one for one in offer.add_ons if one.suits(order.profession or None) or one.id in order.add_ons]
    form.add_ons.choices = [(one.id, one.title) for one in add_ons]
    picked = [one.id for one in add_ons if one.id in (form.add_ons.data or [])]
    shown = scene(offer, order, 2, picked, str(form.option.data or ""), order.profession)
    return {**shown, "form": form, "add_ons": add_ons, "picked": picked}


def first_way(order: Order, ways: list[Option]) -> str:
    wished = str(order.context.get("plan", ""))
    return wished if wished in {option.id for option in ways} else ways[0].id


def pay_scene(offer: Offer, order: Order) -> dict[str, Any]:
    form = PayForm()
    found = scene(offer, order, 3, order.add_ons, order.choice, order.profession)
    return {
        **found,
        "form": form,
        "key": tokens.secret(),
        "changed": len(on_offer(offer, order.add_ons)) < len(set(order.add_ons)) or order.choice not in found["quotes"],
        "story": best_story(found["stories"]),
        "stories": found["stories"][1:],
    }


def best_story(stories: list[Testimonial]) -> Testimonial | None:
    return stories[0] if stories else None


__all__ = ["Quote", "pay_scene", "plan_scene", "you_scene"]
