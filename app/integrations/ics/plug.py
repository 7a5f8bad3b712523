"""The ICS plug: one feed, asked with conditions (RFC 9110 13), read again only when its bytes changed."""

from __future__ import annotations

import hashlib

from app.consults.calendars import Changes, Snapshot
from app.integrations.busytimes import Reading, taken
from app.lib.fetch import Fetched, Unfetchable, fetch

LARGEST = 5_000_000


class Feed:
    """One-way: busy time comes in."""

    kind, name, writes = "ics", "ICS feed", False

    def read(self, link: Snapshot) -> Changes | None:
        answer = fetch(address(link.url), headers=conditions(link), largest=LARGEST, seconds=60)
        if answer.status == 304:
            return None
        if not answer.ok:
            raise Unfetchable(f"The feed answers {answer.status}.")
        digest = hashlib.sha256(answer.body).hexdigest()
        if digest == link.memory.get("digest") and not link.whole:
            return None
        return Changes(taken=taken(answer.body, Reading.of(link)), memory=remembered(answer, digest), whole=True)

    def put(self, link: Snapshot, uid: str, body: bytes, href: str, etag: str) -> tuple[str, str]:
        raise ValueError("A feed cannot be written to.")

    def remove(self, link: Snapshot, href: str) -> None:
        raise ValueError("A feed cannot be written to.")


def address(url: str) -> str:
    """webcal:// is https:// under another name."""
    return "https://" + url[9:] if url.startswith("webcal://") else url


def conditions(link: Snapshot) -> dict[str, str]:
    """Ask only for what is new; once a day everything is read anew, because repeated events move into the range."""
    headers = {"Accept": "text/calendar"}
    if not link.whole:
        headers |= {"If-None-Match": link.memory["etag"]} if link.memory.get("etag") else {}
        headers |= {"If-Modified-Since": link.memory["modified"]} if link.memory.get("modified") else {}
    return headers


def remembered(answer: Fetched, digest: str) -> dict[str, str]:
    return {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", ""), "digest": digest}
