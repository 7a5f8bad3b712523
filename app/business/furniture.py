"""The firm in every template: `site`, its menus, and its colours in the style sheets."""

from __future__ import annotations

from flask import Flask, current_app
from werkzeug.local import LocalProxy

from app.business.people import Profession
from app.business.site import Site
from app.lib import assets, clock, mail
from app.lib.page import url_if

Link = tuple[str, str]

# What the menus show, when its slice is there: label and endpoint.
MAIN = (("Programmes", "marketing.offers"), ("About", "marketing.about"), ("Help", "help.index"), ("Contact", "contact.index"))
HELP = (
    ("Help center", "help.index"),
    ("Questions", "help.faq"),
    ("Contact", "contact.index"),
    ("Community", "community.index"),
    ("Status", "status.index"),
    ("Your account", "accounts.account"),
)
FIRM = (("Programmes and prices", "marketing.offers"), ("About us", "marketing.about"), ("Book a consult", "consults.index"))
LEGAL = (("Privacy", "privacy"), ("Terms", "terms"), ("Accessibility", "accessibility"))


def present(links: tuple[Link, ...]) -> list[Link]:
    return [(label, href) for label, endpoint in links if (href := url_if(endpoint))]


def for_whom() -> list[Link]:
    found = ((one.plural, url_if("marketing.profession", plural=one.plural)) for one in Profession.all())
    return [(plural.capitalize(), href) for plural, href in found if href]


def site_nav() -> list[Link]:
    return [*for_whom(), *present(MAIN)]


def foot_nav() -> list[tuple[str, list[Link]]]:
    return [("For", for_whom()), ("The firm", present(FIRM)), ("Help", present(HELP))]


def legal_nav() -> list[Link]:
    return [(label, href) for label, slug in LEGAL if (href := url_if("marketing.legal", slug=slug))]


def site_address(path: str) -> str:
    """A path of ours as a full address, from the base_url setting."""
    base: str = current_app.config["SETTINGS"].base_url
    return base.rstrip("/") + path


def brand_css() -> str:
    return Site.current().brand.css()


def this_year() -> int:
    return clock.now().year


def sender() -> str:
    """Who our letters come from, while FRONTDESK_MAIL_FROM says nothing else."""
    site = Site.current()
    return mail.from_line(site.name, site.email or "frontdesk@localhost")


def init_app(app: Flask) -> None:
    assets.add_css(brand_css)
    mail.sender_is(sender)
    app.jinja_env.globals.update(
        site=LocalProxy(Site.current),
        site_nav=site_nav,
        foot_nav=foot_nav,
        legal_nav=legal_nav,
        site_address=site_address,
        this_year=this_year,
    )
