"""The little WebDAV that a calendar needs (RFC 4918, 4791, 6578): find, list, report, put, delete. Every answer is capped."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from app.integrations.caldav.xmlread import WrongXML, parsed
from app.lib.fetch import Fetched, fetch

DAV, CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
ETAG = f"{DAV}getetag"
LARGEST = 20_000_000
BATCH = 80
WORDS = {
    401: "It does not take this name and password.",
    403: "This account may not do that there.",
    404: "There is no calendar at this address.",
    405: "There is a web page at this address, but no calendar.",
    409: "It refuses the event.",
    412: "Somebody changed it meanwhile.",
    507: "It has no room left.",
}


class DavError(OSError):
    """The server answered something that is no success; the words are fit for the desk."""

    def __init__(self, words: str, status: int = 0) -> None:
        super().__init__(words)
        self.status = status


class Stale(DavError):
    """Somebody changed or removed the object meanwhile (412), or it is there already."""


@dataclass(frozen=True)
class Found:
    """One member of a multistatus: its path on the server and the properties that were given."""

    href: str
    status: int
    properties: dict[str, Element] = field(default_factory=dict)

    def text(self, name: str) -> str:
        element = self.properties.get(name)
        return (element.text or "").strip() if element is not None else ""


@dataclass(frozen=True)
class Account:
    """Where a calendar is and how to get in. Holds no database row: no transaction is open while a server is asked."""

    url: str
    username: str = ""
    password: str = ""

    def ask(self, method: str, url: str = "", body: str = "", good: tuple[int, ...] = (207,), **headers: str) -> Fetched:
        """One request. Raises DavError for a status that is not among the `good`, lib.fetch.Unfetchable when there is no answer."""
        heads = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.username:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            heads["Authorization"] = f"Basic {pair}"
        if body:
            heads.setdefault("Content-Type", "application/xml; charset=utf-8")
        answer = fetch(urljoin(self.url, url), method=method, headers=heads, body=body.encode(), largest=LARGEST, seconds=60)
        if answer.status not in good:
            raise (Stale if answer.status == 412 else DavError)(WORDS.get(answer.status, f"It answers {answer.status}."), answer.status)
        return answer

    def find(self, url: str, names: Iterable[str], depth: int = 0) -> list[Found]:
        """PROPFIND: the wanted properties (in `{namespace}name` form) of a resource and, with depth 1, its members."""
        wanted = "".join(f'<p:{name.rpartition("}")[2]} xmlns:p="{name[1:].partition("}")[0]}"/>' for name in names)
        body = f'<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop>{wanted}</d:prop></d:propfind>'
        return members(root_of(self.ask("PROPFIND", url, body, Depth=str(depth))))

    def report(self, body: str, depth: int = 1) -> Element:
        return root_of(self.ask("REPORT", "", '<?xml version="1.0"?>' + body, Depth=str(depth)))

    def etags(self, since: datetime, until: datetime) -> dict[str, str]:
        """Address and version of every event that touches the range; pad it: servers filter all-day events each in their own way."""
        time = f'<c:time-range start="{since:%Y%m%dT%H%M%SZ}" end="{until:%Y%m%dT%H%M%SZ}"/>'
        found = members(self.report(QUERY.format(time=time)))
        return {one.href: one.text(ETAG) for one in found if one.status == 200}

    def changes(self, token: str) -> tuple[dict[str, str], list[str], str]:
        """What changed since a sync token (RFC 6578): versions of new and changed objects, addresses of removed ones, the next token."""
        root = self.report(CHANGES.format(token=escape(token)), depth=0)
        found = members(root)
        fresh = {one.href: one.text(ETAG) for one in found if one.status == 200 and one.text(ETAG)}
        return fresh, [one.href for one in found if one.status == 404], (root.findtext(f"{DAV}sync-token") or "").strip()

    def objects(self, hrefs: list[str]) -> dict[str, tuple[str, bytes]]:
        """Version and text of objects, by address; those that are gone are left out."""
        found: dict[str, tuple[str, bytes]] = {}
        for first in range(0, len(hrefs), BATCH):
            wanted = "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs[first : first + BATCH])
            for one in members(self.report(MULTIGET.format(hrefs=wanted))):
                text = one.text(f"{CALDAV}calendar-data")
                if text:
                    found[one.href] = (one.text(ETAG), text.encode())
        return found

    def put(self, href: str, body: bytes, etag: str = "") -> str:
        """Write an object: a new one when `etag` is empty, else over that version. Gives the new version. Raises Stale."""
        condition = {"If_Match": etag} if etag else {"If_None_Match": "*"}
        answer = self.ask("PUT", href, body.decode(), (200, 201, 204), Content_Type="text/calendar; charset=utf-8", **condition)
        return answer.headers.get("etag") or self.version(href)

    def version(self, href: str) -> str:
        """The version of an object; empty when it is not there."""
        try:
            found = self.find(href, [ETAG])
        except DavError as error:
            if error.status == 404:
                return ""
            raise
        return found[0].text(ETAG) if found else ""

    def delete(self, href: str, etag: str = "") -> None:
        """Remove an object; one that is gone already is fine. Raises Stale when it was changed meanwhile."""
        self.ask("DELETE", href, "", (200, 202, 204, 404, 410), **({"If_Match": etag} if etag else {}))


QUERY = (
    '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/></d:prop><c:filter>'
    '<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">{time}</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>'
)
CHANGES = (
    '<d:sync-collection xmlns:d="DAV:"><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level>'
    "<d:prop><d:getetag/></d:prop></d:sync-collection>"
)
MULTIGET = (
    '<c:calendar-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"
)


def root_of(answer: Fetched) -> Element:
    try:
        return parsed(answer.body)
    except WrongXML as wrong:
        raise DavError(f"It does not speak CalDAV: {wrong}") from wrong


def members(root: Element) -> list[Found]:
    return [member(one) for one in root.iter(f"{DAV}response")]


def member(one: Element) -> Found:
    """One response: properties that were found, or the status of the whole."""
    href = urlsplit((one.findtext(f"{DAV}href") or "").strip()).path
    whole = one.findtext(f"{DAV}status")
    if whole:
        return Found(href, code(whole))
    good = [part for part in one.iter(f"{DAV}propstat") if code(part.findtext(f"{DAV}status") or "") == 200]
    return Found(href, 200, {prop.tag: prop for part in good for prop in part.findall(f"{DAV}prop/*")})


def code(status: str) -> int:
    parts = status.split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0
