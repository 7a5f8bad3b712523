"""ICS feeds from a real HTTP server: read when they change, capped, and never from where they must not be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.consults import syncing
from app.consults.models import BusyTime, CalendarLink
from app.integrations.ics import plug
from app.integrations.ics.plug import Feed, address
from app.lib import clock
from app.lib.db import db
from app.lib.outbox import Errand, drain
from tests.consults.conftest import Hosts
from tests.integrations.test_caldav import WEDNESDAY as TAKEN
from tests.integrations.test_caldav import Link, busy, is_free, sync

Serve = Callable[..., Any]


def feed(*starts: str, extra: str = "") -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}@x\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{start}\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
        for n, start in enumerate(starts)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}{extra}END:VCALENDAR\r\n".encode()


def test_a_feed_takes_times_off_the_page_and_is_asked_with_conditions(hosts: Hosts, link: Link, served: Serve) -> None:
    server = served(feed("20261209T150000Z"), ETag='"1"')
    linked = sync(link(hosts[0], server.url, kind="ics", writes=False))
    assert (linked.last_error, busy()) == ("", ["09 15:00-16:00"]) and not is_free(TAKEN, hosts[0])
    sync(linked)
    assert server.asked[1]["If-None-Match"] == '"1"' and busy() == ["09 15:00-16:00"]
    server.body, server.extra = feed("20261210T150000Z"), {"ETag": '"2"'}
    assert sync(linked).last_error == "" and busy() == ["10 15:00-16:00"]


def test_a_feed_without_tags_is_read_again_only_when_its_bytes_changed(
    hosts: Hosts, link: Link, served: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, read = served(feed("20261209T150000Z")), []
    whole = plug.taken
    monkeypatch.setattr(plug, "taken", lambda *given: (read.append(1), whole(*given))[1])
    linked = sync(link(hosts[0], server.url, kind="ics", writes=False))
    sync(linked), sync(linked)
    assert len(read) == 1
    clock.forward(timedelta(days=1))
    sync(linked)
    assert len(read) == 2 and "If-None-Match" not in server.asked[-1]


@pytest.mark.parametrize("body", [b"<html>sign in first</html>", b"", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:x\r\n", b"\x00" * 100])
def test_what_is_no_calendar_leaves_what_was_known(hosts: Hosts, link: Link, served: Serve, body: bytes) -> None:
    server = served(feed("20261209T150000Z"))
    linked = sync(link(hosts[0], server.url, kind="ics", writes=False))
    server.body = body
    sync(linked)
    assert linked.last_error and busy() == ["09 15:00-16:00"]


def test_errors_sizes_and_private_addresses_are_told_in_words(
    hosts: Hosts, link: Link, served: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = served(feed("20261209T150000Z"))
    linked = link(hosts[0], server.url, kind="ics", writes=False)
    server.status = 500
    assert "answers 500" in sync(linked).last_error
    server.status = 200
    monkeypatch.setattr(plug, "LARGEST", 50)
    assert "more than" in sync(linked).last_error
    assert "private network" in sync(link(hosts[0], "http://10.0.0.1/x.ics", kind="ics", writes=False)).last_error


def test_webcal_is_https() -> None:
    assert address("webcal://cal.example/x.ics") == "https://cal.example/x.ics" and address("http://x/") == "http://x/"


def test_feeds_are_never_written_to(hosts: Hosts) -> None:
    snapshot: Any = None
    with pytest.raises(ValueError, match="cannot be written"):
        Feed().put(snapshot, "", b"", "", "")
    with pytest.raises(ValueError, match="cannot be written"):
        Feed().remove(snapshot, "")


def test_the_round_asks_each_link_at_its_own_pace(hosts: Hosts, link: Link, served: Serve) -> None:
    server = served(feed("20261209T150000Z"))
    link(hosts[0], server.url, kind="ics", writes=False)
    for minutes, expected in ((0, 1), (5, 1), (11, 2)):
        clock.forward(timedelta(minutes=minutes))
        syncing.sync_due()
        db.session.commit()
        drain()
        assert len(server.asked) == expected


def test_a_link_that_was_removed_meanwhile_is_no_accident(hosts: Hosts, link: Link, served: Serve) -> None:
    linked = link(hosts[0], served(feed()).url, kind="ics", writes=False)
    number = linked.id
    db.session.delete(linked)
    db.session.commit()
    syncing.sync(number)
    assert not db.session.scalars(select(Errand).where(Errand.last_error.is_not(None))).all()
    assert not db.session.scalars(select(BusyTime)).all() and not db.session.scalars(select(CalendarLink)).all()
