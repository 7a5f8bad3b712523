"""The public pages. Each depends on its address and content/ alone, so strangers are served from memory."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template

from app.business.models import Offer, Profession, Site, Testimonial
from app.lib import sitemap
from app.lib.access import public
from app.lib.assets import asset
from app.lib.page import page, see
from app.lib.pagecache import keep_for_strangers
from app.marketing.pages import Words, rendered
from app.marketing.styleguide import guide

bp = Blueprint("marketing", __name__)
blueprints = (bp, guide)
MINUTE = 60


@bp.get("/")
@public
@keep_for_strangers(MINUTE)
def home() -> Response:
    return page("marketing/home.html", professions=Profession.all(), offers=Offer.all(), voices=Testimonial.choose(most=3))


@bp.get("/for/<plural>")
@public
@keep_for_strangers(MINUTE)
def profession(plural: str) -> Any:
    """One profession: what weighs on it, what we do, what it costs. The singular leads to the plural."""
    found = Profession.find(plural) or abort(404)
    if plural != found.plural:
        return see("marketing.profession", plural=found.plural)
    return page(
        "marketing/profession.html",
        profession=found,
        book_with={"profession": found.slug},
        offer=Offer.find(found.offer),
        others=[offer for offer in Offer.for_profession(found.slug) if offer.slug != found.offer],
        voices=Testimonial.choose(profession=found.slug, most=2),
        article=rendered(found.body),
    )


@bp.get("/offers")
@public
@keep_for_strangers(MINUTE)
def offers() -> Response:
    return page(
        "marketing/offers.html", offers=Offer.all(), professions=Profession.all(), voice=Testimonial.choose(offer="clear-view", most=1)
    )


@bp.get("/offers/<slug>")
@public
@keep_for_strangers(MINUTE)
def offer(slug: str) -> Response:
    found = Offer.find(slug) or abort(404)
    only = found.professions[0] if len(found.professions) == 1 else None
    return page(
        "marketing/offer.html",
        offer=found,
        only=only,
        book_with={"profession": only} if only else {},
        professions=[one for one in Profession.all() if one.slug in found.professions],
        voices=Testimonial.choose(profession=only, offer=found.slug, most=1),
        article=rendered(found.body),
    )


@bp.get("/about")
@public
@keep_for_strangers(MINUTE)
def about() -> Response:
    words = Words.find("pages", "about") or abort(404)
    return page("marketing/about.html", words=words)


@bp.get("/legal/<slug>")
@public
@keep_for_strangers(MINUTE)
def legal(slug: str) -> Response:
    words = Words.find("legal", slug) or abort(404)
    return page("marketing/legal.html", words=words, slug=slug)


@bp.get("/sitemap.xml")
@public
@keep_for_strangers(MINUTE)
def site_map() -> Response:
    return Response(render_template("marketing/sitemap.xml", entries=list(sitemap.entries())), mimetype="application/xml")


@bp.get("/robots.txt")
@public
@keep_for_strangers(MINUTE)
def robots() -> Response:
    base: str = current_app.config["SETTINGS"].base_url
    closed = "".join(f"Disallow: {path}\n" for path in ("/desk/", "/account", "/checkout/"))
    return Response(f"User-agent: *\n{closed}Sitemap: {base.rstrip('/')}/sitemap.xml\n", mimetype="text/plain")


@bp.get("/site.webmanifest")
@public
@keep_for_strangers(MINUTE)
def manifest() -> Any:
    site = Site.current()
    icons = [
        {"src": asset("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": asset("img/touch-icon.png"), "sizes": "180x180", "type": "image/png"},
    ]
    facts = {"name": site.name, "short_name": site.name, "description": site.description, "start_url": "/", "display": "browser"}
    response = current_app.json.response({**facts, "theme_color": site.brand.paper, "background_color": site.brand.paper, "icons": icons})
    response.mimetype = "application/manifest+json"
    return response


@bp.get("/favicon.ico")
@public
def favicon() -> Any:
    return see(asset("img/favicon.svg"))
