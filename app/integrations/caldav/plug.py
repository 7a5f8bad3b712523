"""The CalDAV plug: reads by what the server can (sync token, else tag, else versions), writes with conditions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from app.consults.calendars import Changes, Snapshot
from app.integrations.busytimes import Reading, Unreadable, read_object
from app.integrations.caldav.dav import DAV, Account, DavError, Stale
from app.integrations.caldav.discovery import calendars

TAG, TOKEN = "{http://calendarserver.org/ns/}getctag", f"{DAV}sync-token"
PAD = timedelta(days=1)


@dataclass(frozen=True)
class Tags:
    """What a collection says of its state: a tag that changes with it, a token to ask for what changed."""

    tag: str = ""
    token: str = ""


class CalDav:
    """Two-way: busy time comes in, consults go out."""

    kind, name, writes = "caldav", "CalDAV", True

    def read(self, link: Snapshot) -> Changes | None:
        if not link.memory.get("calendar"):
            found = calendars(account(link))
            if len(found) > 1:
                return Changes(choices=[(one.name, one.url) for one in found], whole=True)
            link = with_calendar(link, found[0].url)
        there = account(link)
        tags = tags_of(there)
        if not link.whole and tags == Tags(link.memory.get("tag", ""), link.memory.get("token", "")) and (tags.tag or tags.token):
            return None
        return self.changed(link, there, tags)

    def changed(self, link: Snapshot, there: Account, tags: Tags) -> Changes:
        memory = {"calendar": there.url, "tag": tags.tag, "token": tags.token}
        if link.memory.get("token") and not link.whole:
            # A token may be too old, or the server may not like its own: then everything is compared instead.
            with suppress(DavError):
                fresh, gone, token = there.changes(link.memory["token"])
                return changes_of(there, link, fresh, [href for href in gone if href in link.known], {**memory, "token": token})
        now = there.etags(link.since - PAD, link.until + PAD)
        if link.whole:
            return changes_of(there, link, now, [], memory, whole=True)
        fresh = {href: etag for href, etag in now.items() if link.known.get(href) != etag}
        return changes_of(there, link, fresh, [href for href in link.known if href not in now], memory)

    def put(self, link: Snapshot, uid: str, body: bytes, href: str, etag: str) -> tuple[str, str]:
        there = account(link)
        href = href or urlsplit(urljoin(there.url, f"{uid.partition('@')[0]}.ics")).path
        try:
            return href, there.put(href, body, etag)
        except Stale:
            # Somebody touched our event, or an earlier try got through: what we hold is right, so write over what is there now.
            return href, there.put(href, body, there.version(href))

    def remove(self, link: Snapshot, href: str) -> None:
        account(link).delete(href)


def account(link: Snapshot) -> Account:
    url = str(link.memory.get("calendar") or link.url)
    return Account(url, link.secrets.get("username", ""), link.secrets.get("password", ""))


def with_calendar(link: Snapshot, url: str) -> Snapshot:
    return Snapshot(**{**vars(link), "memory": {**link.memory, "calendar": url}, "whole": True})


def tags_of(there: Account) -> Tags:
    found = there.find(there.url, [TAG, TOKEN])
    return Tags(found[0].text(TAG), found[0].text(TOKEN)) if found else Tags()


def changes_of(
    there: Account, link: Snapshot, fresh: dict[str, str], gone: list[str], memory: dict[str, Any], whole: bool = False
) -> Changes:
    """The new and changed objects read. One that cannot be read counts as free and is looked at again when it changes."""
    reading, objects, taken, own = Reading.of(link), {}, [], {}
    for href, (etag, body) in there.objects(sorted(fresh)).items():
        objects[href] = (etag or fresh.get(href, ""), "")
        with suppress(Unreadable):
            read = read_object(body, reading, href)
            objects[href] = (objects[href][0], read.uid)
            taken += read.taken
            own.update(read.own)
    return Changes(taken=taken, objects=objects, gone=gone, own=own, memory=memory, whole=whole)
