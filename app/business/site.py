"""The firm's own facts, from content/site.toml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from app.business.colour import hue_and_chroma
from app.lib import content
from app.lib.content import Problem
from app.lib.fields import Fields
from app.lib.phones import spoken

FILE = "site.toml"


@dataclass(frozen=True)
class Phone:
    """A number to dial (E.164) and the way people read it."""

    number: str

    @property
    def words(self) -> str:
        return spoken(self.number)


@dataclass(frozen=True)
class Hours:
    """Which calendar of the hours slice says when the firm is open, and the same in words for pages."""

    calendar: str
    zone: str
    words: str
    short: str


@dataclass(frozen=True)
class Office:
    """A place people may visit or write to."""

    name: str
    lines: tuple[str, ...]
    zone: str
    hours: str
    map_url: str


@dataclass(frozen=True)
class Attestation:
    """A certification that somebody at the firm vouches for: what it says, who vouches (`by`), from `since` to the end of `until`."""

    says: str
    by: str
    since: date | None
    until: date | None
    proof: str = ""

    def holds(self, today: date) -> bool:
        return bool(self.says and self.by and self.since and self.until) and (self.since or today) <= today <= (self.until or today)


@dataclass(frozen=True)
class Promises:
    """What the firm says it will do and by when. `reply_hours` are business hours until a person has answered."""

    reply: str
    reply_hours: int
    guarantee: str


@dataclass(frozen=True)
class Brand:
    """The two inks as hue and chroma, and the papers as plain colours for the browser's own frame."""

    primary: tuple[float, float]
    spot: tuple[float, float]
    paper: str
    night: str

    def css(self) -> str:
        hue, chroma = self.primary
        spot_hue, spot_chroma = self.spot
        names = f"--brand-hue:{hue};--brand-chroma:{chroma};--spot-hue:{spot_hue};--spot-chroma:{spot_chroma}"
        return f"@layer tokens{{:root{{{names}}}}}"


@dataclass(frozen=True)
class Site:
    """The firm as its pages, letters and tools name it."""

    name: str
    legal_name: str
    tagline: str
    description: str
    founded: int
    email: str
    phone: Phone
    hours: Hours
    promises: Promises
    brand: Brand
    offices: tuple[Office, ...] = ()
    social: tuple[tuple[str, str], ...] = ()
    addresses: dict[str, str] = field(default_factory=dict)
    attestations: tuple[Attestation, ...] = ()
    bubble: str = "right"
    demo: str = ""

    @classmethod
    def current(cls) -> Site:
        """The firm of this installation. Missing or wrong facts show as empty words; `problems` names them."""
        found = content.kept(content.root() / FILE)
        if found[1] is None:
            return nameless()
        return remembered(found[1])[0]


_read: dict[int, tuple[content.Document, Site, list[Problem]]] = {}


def remembered(document: content.Document) -> tuple[Site, list[Problem]]:
    known = _read.get(id(document))
    if known is None or known[0] is not document:
        fields = Fields.of(document)
        site = read(fields)
        _read.clear()
        known = _read[id(document)] = (document, site, fields.done())
    return known[1], known[2]


def read(fields: Fields) -> Site:
    phone, hours, promises = fields.part("phone"), fields.part("hours"), fields.part("promises")
    site = Site(
        name=fields.text("name"),
        legal_name=fields.text("legal_name"),
        tagline=fields.text("tagline"),
        description=fields.text("description"),
        founded=fields.number("founded"),
        email=fields.text("email"),
        phone=Phone(phone.text("number")),
        hours=Hours(hours.text("calendar", "main"), hours.text("zone"), hours.text("words"), hours.text("short", "")),
        promises=Promises(promises.text("reply"), promises.number("reply_hours", 8, 1), promises.text("guarantee", "")),
        brand=read_brand(fields.part("brand")),
        offices=tuple(read_office(row) for row in fields.rows("offices")),
        social=tuple((row.text("name"), row.text("url")) for row in fields.rows("social")),
        addresses={key: str(value) for key, value in fields.part("addresses").values.items()},
        attestations=tuple(read_attestation(row) for row in fields.rows("attestations")),
        bubble=fields.choice("bubble", ("left", "right"), "right"),
        demo=fields.text("demo", ""),
    )
    for part in (phone, hours, promises):
        part.done()
    return site


def read_office(row: Fields) -> Office:
    office = Office(row.text("name"), row.words("lines"), row.text("zone", ""), row.text("hours", ""), row.text("map_url", ""))
    row.done()
    return office


def read_attestation(row: Fields) -> Attestation:
    found = Attestation(row.text("says"), row.text("by"), whole_day(row, "since"), whole_day(row, "until"), row.text("proof", ""))
    if found.since and found.until and found.until < found.since:
        row.complain("until", "should not be before since")
    row.done()
    return found


def whole_day(row: Fields, key: str) -> date | None:
    found = row.day(key)
    if found is None:
        row.complain(key, "is missing: write a date such as 2026-11-21")
    return date(found.year, found.month, found.day) if found else None


def read_brand(fields: Fields) -> Brand:
    brand = Brand(
        ink(fields, "primary", "#154a63"),
        ink(fields, "spot", "#c8501c"),
        fields.text("paper", "#f3f6f8"),
        fields.text("night", "#0c1318"),
    )
    fields.done()
    return brand


def ink(fields: Fields, key: str, default: str) -> tuple[float, float]:
    try:
        return hue_and_chroma(fields.text(key, default))
    except ValueError as error:
        fields.complain(key, f"cannot be used: {error}")
        return hue_and_chroma(default)


def nameless() -> Site:
    """What pages show while site.toml is missing or broken: a site without a name still serves."""
    plain = Brand(hue_and_chroma("#154a63"), hue_and_chroma("#c8501c"), "#f3f6f8", "#0c1318")
    none = Promises("", 8, "")
    return Site("Frontdesk", "Frontdesk", "", "", 2026, "", Phone(""), Hours("main", "UTC", "", ""), none, plain)


@content.check("site")
def problems() -> Iterable[Problem]:
    yield from content.table_problems(FILE)
    document = content.kept(content.root() / FILE)[1]
    if document is not None:
        yield from remembered(document)[1]
