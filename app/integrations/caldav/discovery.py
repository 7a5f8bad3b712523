"""From an address that somebody knows to the calendars behind it (RFC 6764, RFC 4791 6.2)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urljoin

from app.integrations.caldav.dav import CALDAV, DAV, Account, DavError, Found

PRINCIPAL, HOME = f"{DAV}current-user-principal", f"{CALDAV}calendar-home-set"
TYPE, NAME, COMPONENTS = f"{DAV}resourcetype", f"{DAV}displayname", f"{CALDAV}supported-calendar-component-set"


@dataclass(frozen=True)
class Calendar:
    """One calendar collection: its full address and what its owner calls it."""

    url: str
    name: str


def calendars(account: Account) -> list[Calendar]:
    """Every calendar for events that the account's address leads to. Raises DavError when there is none."""
    problem = DavError("There is no calendar at this address.")
    for url in (account.url, urljoin(account.url, "/.well-known/caldav")):
        try:
            found = below(account, url)
        except DavError as error:
            problem = error if url == account.url else problem
        else:
            if found:
                return found
    raise problem


def below(account: Account, url: str) -> list[Calendar]:
    here = account.find(url, [TYPE, NAME, COMPONENTS, PRINCIPAL, HOME])
    own = listed(account, here)
    if own:
        return own
    home = address(here, HOME)
    with suppress(DavError):
        home = home or home_of(account, address(here, PRINCIPAL))
    # A plain collection of calendars, without any hint, is its own home.
    return listed(account, account.find(urljoin(account.url, home or url), [TYPE, NAME, COMPONENTS], depth=1))


def home_of(account: Account, principal: str) -> str:
    return address(account.find(urljoin(account.url, principal), [HOME]), HOME) if principal else ""


def address(found: list[Found], name: str) -> str:
    """The href inside a property of the first resource that has it."""
    for one in found:
        element = one.properties.get(name)
        href = element.findtext(f"{DAV}href") if element is not None else None
        if href:
            return href.strip()
    return ""


def listed(account: Account, found: list[Found]) -> list[Calendar]:
    return [Calendar(urljoin(account.url, one.href), one.text(NAME) or last(one.href)) for one in found if holds_events(one)]


def holds_events(one: Found) -> bool:
    kind, components = one.properties.get(TYPE), one.properties.get(COMPONENTS)
    if kind is None or kind.find(f"{CALDAV}calendar") is None:
        return False
    names = [element.get("name") for element in components] if components is not None else []
    return not names or "VEVENT" in names


def last(href: str) -> str:
    return href.rstrip("/").rpartition("/")[2] or "Calendar"
