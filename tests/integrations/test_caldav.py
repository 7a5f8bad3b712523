"""CalDAV against a real Radicale: busy time comes in, consults go out, and what disagrees is raised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.consults.calendars import CalendarCopy, Conflict
from app.consults.models import Booking, BusyTime, CalendarLink, Host, find_type, offer
from app.integrations.caldav.dav import Account, DavError
from app.integrations.caldav.discovery import calendars
from app.integrations.caldav.xmlread import WrongXML, parsed
from app.lib import clock
from app.lib.db import commit, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain, later
from tests.consults.conftest import Hosts, WriteType, at
from tests.integrations.conftest import Collection
from tests.servers import Radicale

Link = Callable[..., CalendarLink]
Make = Callable[..., Collection]
Browser = Callable[[Person], FlaskClient]
TEN, WEDNESDAY = at("2026-12-07 10:00"), at("2026-12-09 10:00")


def sync(link: CalendarLink) -> CalendarLink:
    """One turn of the job."""
    with unit_of_work():
        later("calendars.sync", link_id=link.id)
    drain()
    db.session.expire_all()
    return link


def busy() -> list[str]:
    return sorted(f"{time.starts_at:%d %H:%M}-{time.ends_at:%H:%M}" for time in db.session.scalars(select(BusyTime)))


def booked(start: int = WEDNESDAY, only: int | None = None) -> Booking:
    kind = find_type("intro")
    assert kind is not None
    with unit_of_work():
        booking = Booking.hold(
            kind, start, "America/New_York", name="Nora Field", email="nora@example.com", phone="+12025550177", only=only
        )
        booking.confirm()
    drain()
    return booking


def is_free(start: int, host: Host) -> bool:
    kind = find_type("intro")
    assert kind is not None
    return host.id in offer(kind).hosts.get(start, ())


MEETING = ("DTSTART:20261209T150000Z", "DTEND:20261209T160000Z", "SUMMARY:A secret meeting")


def test_busy_time_is_read_and_takes_times_off_the_page(hosts: Hosts, collection: Make, link: Link) -> None:
    calendar = collection()
    calendar.put("meeting", *MEETING)
    linked = sync(link(hosts[0], calendar.url))
    assert (linked.last_error, busy()) == ("", ["09 15:00-16:00"])
    assert not is_free(WEDNESDAY, hosts[0]) and is_free(WEDNESDAY, hosts[1]) and is_free(WEDNESDAY + 3600, hosts[0])
    assert linked.last_ok_at is not None and linked.took_ms is not None
    assert "secret" not in str([vars(row) for row in db.session.scalars(select(BusyTime))])


def test_only_what_changed_is_read_again(hosts: Hosts, collection: Make, link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = collection()
    calendar.put("one", *MEETING), calendar.put("two", "DTSTART:20261210T150000Z", "DTEND:20261210T160000Z")
    linked = sync(link(hosts[0], calendar.url))
    read: list[list[str]] = []
    whole = Account.objects
    monkeypatch.setattr(Account, "objects", lambda self, hrefs: (read.append(hrefs), whole(self, hrefs))[1])
    sync(linked)
    assert read == []
    calendar.put("one", "DTSTART:20261211T150000Z", "DTEND:20261211T160000Z"), calendar.delete("two")
    sync(linked)
    assert [[href.rpartition("/")[2] for href in hrefs] for hrefs in read] == [["one.ics"]] and busy() == ["11 15:00-16:00"]


def test_without_sync_tokens_versions_are_compared(hosts: Hosts, collection: Make, link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = collection()
    calendar.put("one", *MEETING), calendar.put("two", "DTSTART:20261210T150000Z", "DTEND:20261210T160000Z")
    linked = sync(link(hosts[0], calendar.url))

    def refuse(*_args: object) -> None:
        raise DavError("no such report", 403)

    monkeypatch.setattr(Account, "changes", refuse)
    calendar.put("one", "DTSTART:20261211T150000Z", "DTEND:20261211T160000Z"), calendar.delete("two")
    assert sync(linked).last_error == "" and busy() == ["11 15:00-16:00"]


def test_repeated_events_that_move_into_the_range_are_found_the_next_day(hosts: Hosts, collection: Make, link: Link) -> None:
    calendar = collection()
    calendar.put("weekly", "DTSTART:20261201T150000Z", "DTEND:20261201T160000Z", "RRULE:FREQ=WEEKLY")
    linked = sync(link(hosts[0], calendar.url))
    before = len(busy())
    clock.forward(timedelta(days=15))
    sync(linked)
    assert len(busy()) == before and max(db.session.scalars(select(BusyTime.starts_at))) > clock.now() + timedelta(days=410)


def test_a_consult_is_written_moved_and_removed(hosts: Hosts, collection: Make, link: Link) -> None:
    calendar = collection()
    linked = sync(link(hosts[0], calendar.url))
    booking = booked(only=hosts[0].id)
    [text] = calendar.texts()
    assert f"UID:{booking.uid}" in text and "DTSTART:20261209T150000Z" in text and "Nora Field" in text.replace("\r\n ", "")
    assert "ATTENDEE" not in text and "VTIMEZONE" not in text
    assert sync(linked).last_error == "" and busy() == [] and not db.session.scalars(select(Conflict)).all()
    with unit_of_work():
        booking.move(at("2026-12-10 11:00"))
    drain()
    [text] = calendar.texts()
    assert "DTSTART:20261210T160000Z" in text and "SEQUENCE:1" in text
    with unit_of_work():
        booking.call_off("host")
    drain()
    assert calendar.texts() == []


def test_a_consult_that_changes_hosts_changes_calendars(hosts: Hosts, collection: Make, link: Link) -> None:
    mine, theirs = collection(), collection()
    sync(link(hosts[0], mine.url)), sync(link(hosts[1], theirs.url))
    booking = booked(only=hosts[0].id)
    assert len(mine.texts()) == 1 and theirs.texts() == []
    with unit_of_work():
        hosts[0].pause()
        booking.move(at("2026-12-10 11:00"))
    drain()
    assert booking.hosts == [hosts[1]] and mine.texts() == [] and len(theirs.texts()) == 1


def test_writing_twice_or_over_somebodys_change_ends_right(hosts: Hosts, collection: Make, link: Link) -> None:
    calendar = collection()
    linked = sync(link(hosts[0], calendar.url))
    booking = booked(only=hosts[0].id)
    copy = db.session.scalars(select(CalendarCopy)).one()
    with unit_of_work():
        copy.sequence, copy.etag = -1, '"an old one"'
        later("calendars.push", link_id=linked.id, booking_id=booking.id)
    drain()
    with unit_of_work():
        db.session.delete(db.session.scalars(select(CalendarCopy)).one())
        later("calendars.push", link_id=linked.id, booking_id=booking.id)
    drain()
    assert len(calendar.texts()) == 1 and db.session.scalars(select(CalendarCopy)).one().sequence == 0


def test_bookings_ahead_are_written_into_a_calendar_that_is_linked_later(
    hosts: Hosts, collection: Make, near: None, client_of: Browser, grace: Person
) -> None:
    booked(only=hosts[0].id)
    calendar = collection()
    data = {"kind": "caldav", "url": calendar.url, "username": calendar.user, "password": "x", "writes": "1"}
    assert client_of(grace).post(f"/desk/consultations/hosts/{hosts[0].id}/calendars", data=data).status_code == 303
    drain()
    assert len(calendar.texts()) == 1
    page = client_of(grace).get(f"/desk/consultations/hosts/{hosts[0].id}").text
    assert "In step" in page and "consults are written there" in page


def conflicts() -> list[tuple[str, bool]]:
    db.session.expire_all()
    return sorted((one.kind, one.settled_at is not None) for one in db.session.scalars(select(Conflict)))


def test_an_event_over_a_booking_is_raised_once_and_ends_with_its_cause(hosts: Hosts, collection: Make, link: Link) -> None:
    calendar = collection()
    linked, booking = link(hosts[0], calendar.url), booked(only=hosts[0].id)
    calendar.put("meeting", *MEETING)
    sync(linked), sync(linked)
    assert conflicts() == [("over", False)]
    letters = db.session.scalars(select(PostedLetter).where(PostedLetter.subject.startswith("Your calendar disagrees"))).all()
    assert [letter.to for letter in letters] == ["grace@northlight.example"] and f"/desk/consultations/{booking.id}" in letters[0].text
    calendar.delete("meeting")
    sync(linked)
    assert conflicts() == []


def test_an_event_that_touches_only_the_buffer_is_no_conflict(write_type: WriteType, hosts: Hosts, collection: Make, link: Link) -> None:
    write_type("intro", after=30)
    calendar = collection()
    linked = link(hosts[0], calendar.url)
    booked(only=hosts[0].id)
    calendar.put("after", "DTSTART:20261209T151500Z", "DTEND:20261209T160000Z")
    sync(linked)
    assert conflicts() == []


def test_our_event_deleted_or_moved_in_the_calendar_is_raised(
    hosts: Hosts, collection: Make, link: Link, client_of: Browser, grace: Person
) -> None:
    calendar = collection()
    linked = sync(link(hosts[0], calendar.url))
    booking = booked(only=hosts[0].id)
    sync(linked)
    name = booking.uid.partition("@")[0]
    calendar.put(name, "DTSTART;TZID=America/New_York:20261209T140000", "DTEND;TZID=America/New_York:20261209T141500", uid=booking.uid)
    sync(linked)
    assert conflicts() == [("moved", False)]
    conflict = db.session.scalars(select(Conflict)).one()
    page = client_of(grace).get(f"/desk/consultations/{booking.id}").text
    assert "moved" in page
    client_of(grace).post(f"/desk/consultations/{booking.id}/conflicts/{conflict.id}/settlement", data={"restore": "1"})
    drain()
    assert "DTSTART:20261209T150000Z" in calendar.texts()[0] and conflicts() == [("moved", True)]
    sync(linked)
    calendar.delete(name)
    sync(linked)
    assert ("missing", False) in conflicts()


def test_a_calendar_is_found_from_the_servers_root(radicale: Radicale, collection: Make, near: None) -> None:
    calendar = collection("home")
    found = calendars(Account(radicale.url, calendar.user, "x"))
    assert [one.url for one in found] == [calendar.url]
    assert [one.url for one in calendars(Account(calendar.url, calendar.user, "x"))] == [calendar.url]


def test_several_calendars_wait_for_a_choice(
    hosts: Hosts, radicale: Radicale, collection: Make, link: Link, client_of: Browser, grace: Person
) -> None:
    first, second = collection("two"), collection("two")
    second.put("meeting", *MEETING)
    linked = sync(link(hosts[0], f"{radicale.url}{first.user}/"))
    assert {url for _, url in linked.choices} == {first.url, second.url} and linked.last_ok_at is None and busy() == []
    address = f"/desk/consultations/hosts/{hosts[0].id}"
    assert "Choose one" in client_of(grace).get(address).text
    assert client_of(grace).post(f"{address}/calendars/{linked.id}/choice", data={"url": "http://evil.example/"}).status_code == 422
    client_of(grace).post(f"{address}/calendars/{linked.id}/choice", data={"url": second.url})
    drain()
    assert busy() == ["09 15:00-16:00"]


def test_a_calendar_that_cannot_be_read_says_why_and_keeps_what_it_said(hosts: Hosts, collection: Make, link: Link) -> None:
    calendar = collection()
    calendar.put("meeting", *MEETING)
    linked = sync(link(hosts[0], calendar.url))
    requests.delete(calendar.url, auth=calendar.auth, timeout=60)
    assert "no calendar" in sync(linked).last_error and busy() == ["09 15:00-16:00"]
    clock.forward(timedelta(hours=25))
    assert not is_free(at("2026-12-10 10:00"), hosts[0]) and linked.is_stale


def test_two_objects_one_unreadable_leaves_the_other(hosts: Hosts, served: Callable[..., object], collection: Make, link: Link) -> None:
    calendar = collection()
    calendar.put("fine", *MEETING)
    calendar.put("odd", "DTSTART:20261210T150000Z", "DTEND:20261210T160000Z", "RRULE:FREQ=SECONDLY")
    assert sync(link(hosts[0], calendar.url)).last_error == "" and busy() == ["09 15:00-16:00", "10 15:00-16:00"]


HOSTILE = [
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
    b"<a>" * 100 + b"</a>" * 100,
    b"<a><b></a>",
    b"not xml",
    b"",
    b'<?xml version="1.0" encoding="nonsense"?><a/>',
]


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_xml_is_refused(body: bytes) -> None:
    with pytest.raises(WrongXML):
        parsed(body)


@pytest.mark.parametrize("body", HOSTILE)
def test_a_server_that_sends_it_leaves_the_calendar_unread(hosts: Hosts, link: Link, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    class Answer:
        status, headers, url = 207, dict[str, str](), ""

    answer = Answer()
    answer.body = body  # type: ignore[attr-defined]
    monkeypatch.setattr("app.integrations.caldav.dav.fetch", lambda *_args, **_more: answer)
    assert "CalDAV" in sync(link(hosts[0], "http://127.0.0.1:9/")).last_error


def test_private_addresses_are_refused_where_they_are_not_allowed(hosts: Hosts, collection: Make) -> None:
    calendar = collection()
    with unit_of_work():
        db.session.add(CalendarLink(host_id=hosts[0].id, kind="caldav", name="Work", url=calendar.url, secrets={}))
    linked = db.session.scalars(select(CalendarLink)).one()
    assert "private network" in sync(linked).last_error


@pytest.mark.parametrize("url", ["", "ftp://x/", "javascript:alert(1)", "http://", "x" * 2000, "http://a b/"])
def test_addresses_that_are_none_link_nothing(hosts: Hosts, client_of: Browser, grace: Person, url: str) -> None:
    client_of(grace).post(f"/desk/consultations/hosts/{hosts[0].id}/calendars", data={"kind": "caldav", "url": url})
    assert db.session.scalar(select(CalendarLink.id)) is None


def test_only_the_host_and_admins_touch_calendars(hosts: Hosts, link: Link, client_of: Browser, grace: Person, eve: Person) -> None:
    linked = link(hosts[1], "http://127.0.0.1:9/")
    own, other = (f"/desk/consultations/hosts/{host.id}/calendars" for host in hosts)
    for path in ("", f"/{linked.id}/choice", f"/{linked.id}/reading", f"/{linked.id}/removal"):
        assert client_of(grace).post(other + path).status_code == 403
        assert client_of(eve).post(other + path).status_code == 403
    assert client_of(grace).post(f"{own}/{linked.id}/removal").status_code == 404
    commit()
    assert db.session.get(CalendarLink, linked.id) is not None
