"""Bookings: a time is held, stands, moves, ends; and nobody gets the same host twice at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Person
from app.consults import seats
from app.consults.models import Booking, Seat, SlotClaim, Taken, TooLate, find_type
from app.consults.offer import offer
from app.consults.policy import NotOnline, asked_first
from app.consults.seats import Occupied, occupy
from app.consults.types import ConsultType
from app.lib import clock, tokens
from app.lib.db import commit, db, roll_back, unit_of_work
from app.lib.outbox import drain
from tests.consults.conftest import Hosts, MakeHost, WriteType, at

TEN, WEDNESDAY = at("2026-12-07 10:00"), at("2026-12-09 10:00")


def intro() -> ConsultType:
    kind = find_type("intro")
    assert kind is not None
    return kind


def held(start: int = TEN, **more: object) -> Booking:
    with unit_of_work():
        return Booking.hold(intro(), start, "America/New_York", **more)


def booked(start: int = TEN, **more: object) -> Booking:
    booking = held(start, **more)
    with unit_of_work():
        assert booking.confirm()
    return booking


def claims() -> int:
    return db.session.scalar(select(func.count()).select_from(SlotClaim)) or 0


def test_a_hold_takes_the_time_of_one_host(hosts: Hosts) -> None:
    booking = held()
    assert booking.state == "held" and booking.is_held and booking.promised == "2026-12-07T10:00"
    assert len(booking.hosts) == 1 and claims() == 3
    assert TEN in offer(intro()).hosts and len(offer(intro()).hosts[TEN]) == 1


def test_the_third_visitor_is_shown_the_three_nearest_times(hosts: Hosts) -> None:
    first, second = held(), held()
    assert {first.hosts[0].id, second.hosts[0].id} == {host.id for host in hosts}
    with pytest.raises(Taken) as refused:
        held()
    assert len(refused.value.nearest) == 3 and TEN not in refused.value.nearest
    assert all(abs(near - TEN) <= 1800 for near in refused.value.nearest)


def test_the_constraint_holds_when_the_code_does_not(hosts: Hosts) -> None:
    booking = held()
    host, block = booking.hosts[0], (TEN + 600, TEN + 1500)
    with pytest.raises(Occupied):
        occupy([host.id], block, booking_id=booking.id, type_slug="intro", starts_at=booking.starts_at)
    roll_back()


def test_buffers_are_part_of_what_is_claimed(write_type: WriteType, hosts: Hosts) -> None:
    write_type("intro", before=10, after=20)
    held(only=hosts[0].id)
    free = {start for start, ids in offer(intro()).hosts.items() if hosts[0].id in ids}
    assert at("2026-12-07 09:15") in free and at("2026-12-07 09:30") not in free
    assert at("2026-12-07 10:30") not in free and at("2026-12-07 10:45") in free


def test_an_expired_hold_frees_itself(hosts: Hosts) -> None:
    booking = held(only=hosts[0].id)
    clock.forward(timedelta(minutes=10, seconds=1))
    assert hosts[0].id in offer(intro()).hosts[TEN]
    again = held(only=hosts[0].id)
    assert again.is_held and not booking.is_held
    drain()
    db.session.refresh(booking)
    assert booking.state == "lapsed" and again.is_held


def test_a_hold_can_be_extended_but_not_for_ever(hosts: Hosts) -> None:
    booking = held()
    for _ in range(3):
        clock.forward(timedelta(minutes=9))
        with unit_of_work():
            assert booking.extend()
    clock.forward(timedelta(minutes=9))
    assert not booking.extend()
    roll_back()
    assert drain() == 0 and booking.is_held


def test_confirming_twice_books_once(hosts: Hosts) -> None:
    booking = held()
    with unit_of_work():
        assert booking.confirm() and not booking.confirm()
    assert booking.state == "booked" and booking.held_until is None
    clock.forward(timedelta(minutes=11))
    drain()
    db.session.refresh(booking)
    assert booking.state == "booked" and claims() == 3


def test_a_lapsed_hold_is_taken_anew_while_the_time_is_free(hosts: Hosts) -> None:
    booking = held()
    clock.forward(timedelta(minutes=11))
    drain()
    with unit_of_work():
        assert booking.confirm()
    assert booking.state == "booked" and claims() == 3 and len(booking.hosts) == 1


def test_a_lapsed_hold_whose_time_is_gone_is_refused(hosts: Hosts) -> None:
    late = held(only=hosts[0].id)
    clock.forward(timedelta(minutes=11))
    booked(only=hosts[0].id), booked(only=hosts[1].id)
    with pytest.raises(Taken), unit_of_work():
        late.confirm()
    assert claims() == 6


def test_moving_keeps_uid_and_host_and_raises_the_sequence(hosts: Hosts) -> None:
    booking = booked(WEDNESDAY, only=hosts[1].id)
    uid = booking.uid
    with unit_of_work():
        booking.move(at("2026-12-10 11:00"))
    assert (booking.uid, booking.sequence, booking.promised) == (uid, 1, "2026-12-10T11:00")
    assert booking.hosts == [hosts[1]] and claims() == 3
    assert len(offer(intro()).hosts[WEDNESDAY]) == 2


def test_moving_by_a_quarter_is_not_blocked_by_the_booking_itself(write_type: WriteType, hosts: Hosts) -> None:
    write_type("intro", minutes=60, every=15)
    booking = booked(WEDNESDAY)
    with unit_of_work():
        booking.move(WEDNESDAY + 900)
    assert booking.start == WEDNESDAY + 900 and claims() == 12


def test_moving_onto_a_taken_time_changes_nothing(hosts: Hosts) -> None:
    booked(WEDNESDAY + 900), booked(WEDNESDAY + 900)
    booking = booked(WEDNESDAY)
    with pytest.raises(Taken), unit_of_work():
        booking.move(WEDNESDAY + 900)
    assert booking.start == WEDNESDAY and booking.sequence == 0 and claims() == 9


def test_cancelling_frees_the_time_once_and_keeps_who_held_it(hosts: Hosts) -> None:
    booking = booked(at("2026-12-09 10:00"), only=hosts[0].id)
    with unit_of_work():
        assert booking.call_off("visitor", "ill") and not booking.call_off("visitor")
    assert (booking.state, booking.sequence, claims()) == ("cancelled", 1, 0)
    assert booking.hosts == [hosts[0]]


def test_the_cut_off_binds_the_visitor_and_not_the_host(hosts: Hosts) -> None:
    booking = booked()
    assert not booking.may_change()
    with pytest.raises(TooLate):
        booking.call_off("visitor")
    with pytest.raises(TooLate):
        booking.move(at("2026-12-09 10:00"))
    roll_back()
    with unit_of_work():
        assert booking.call_off("host", "ill")


def test_round_robin_takes_turns_by_weight(hosts: Hosts) -> None:
    with unit_of_work():
        hosts[0].weight = 2
    takers = []
    for number in range(9):
        takers.append(booked(at("2026-12-08 09:00") + number * 900).hosts[0].id)
        clock.forward(timedelta(seconds=1))
    assert takers.count(hosts[0].id) == 6 and takers.count(hosts[1].id) == 3


def test_any_of_prefers_whoever_has_most_room_that_day(write_type: WriteType, hosts: Hosts) -> None:
    write_type("intro", assign="any")
    for number in range(4):
        booked(at("2026-12-08 13:00") + number * 900, only=hosts[0].id)
    assert booked(at("2026-12-08 10:00")).hosts == [hosts[1]]


def test_a_set_seats_every_skill_or_nobody(write_type: WriteType, make_host: MakeHost, hosts: Hosts, ada: Person) -> None:
    write_type("panel", title="Panel", needs={"therapist": 2, "physician": 1}, minutes=30)
    third = make_host(ada)
    with unit_of_work():
        hosts[0].skills, hosts[1].skills, third.skills = ["therapist"], ["therapist", "physician"], ["therapist"]
    panel = find_type("panel")
    assert panel is not None and TEN in offer(panel).hosts
    with unit_of_work():
        booking = Booking.hold(panel, TEN, "UTC")
    assert {host.id for host in booking.hosts} == {hosts[0].id, hosts[1].id, third.id}
    assert TEN not in offer(panel).hosts
    with pytest.raises(Taken), unit_of_work():
        Booking.hold(panel, TEN, "UTC")


def test_daily_limits_of_type_and_host(write_type: WriteType, hosts: Hosts) -> None:
    write_type("intro", per_day=3)
    with unit_of_work():
        hosts[0].per_day = 1
    for number in range(3):
        booked(at("2026-12-08 09:00") + 900 * number)
    with pytest.raises(Taken) as refused, unit_of_work():
        Booking.hold(intro(), at("2026-12-08 15:00"), "UTC")
    assert refused.value.reason is not None and refused.value.reason.code in {"type_limit", "host_limit"}


@pytest.mark.parametrize("start", ["2026-12-07 07:00", "2026-12-07 08:30", "2026-12-07 10:05", "2026-12-07 20:00", "2027-03-01 10:00"])
def test_a_time_that_is_not_offered_cannot_be_held(hosts: Hosts, start: str) -> None:
    with pytest.raises(Taken), unit_of_work():
        held(at(start))
    assert claims() == 0


def test_a_serial_no_show_needs_approval_or_must_call(write_type: WriteType, hosts: Hosts, grace: Person) -> None:
    write_type("intro", no_shows={"after": 1, "then": "approval"})
    missed = booked(email="ada@customer.example")
    with unit_of_work():
        missed.record(came=False, result="", by=grace)
    another = held(at("2026-12-09 10:00"), email="Ada@customer.example ")
    assert asked_first(intro(), another) == "approval"
    with unit_of_work():
        another.confirm(needs_approval=True)
    assert another.state == "requested" and claims() == 6
    with unit_of_work():
        assert another.approve() and not another.approve()
    write_type("intro", no_shows={"after": 1, "then": "block"})
    with pytest.raises(NotOnline):
        asked_first(intro(), another)
    assert not asked_first(intro(), held(at("2026-12-09 11:00"), email="eve@elsewhere.example"))


def test_a_link_is_signed_and_good_for_one_booking(hosts: Hosts) -> None:
    booking = booked()
    assert Booking.by_token(booking.token) is booking
    foreign, empty = tokens.sign("consults.waiting", {"b": booking.id}), tokens.sign("consults.booking", {})
    for wrong in ("", "x", booking.token[:-2] + "xx", foreign, empty):
        with pytest.raises(tokens.Bad):
            Booking.by_token(wrong)


def test_people_see_their_own_and_what_was_mailed_to_their_proven_address(hosts: Hosts, ada: Person, eve: Person) -> None:
    mine, mailed = booked(person_id=ada.id, email="other@customer.example"), booked(TEN + 900, email="ada@customer.example")
    held(TEN + 1800, person_id=ada.id)
    assert set(db.session.scalars(Booking.seen_by(ada))) == {mine, mailed}
    assert not db.session.scalars(Booking.seen_by(eve)).all()
    commit()


def test_seats_of_a_deleted_booking_go_with_it(hosts: Hosts) -> None:
    booking = booked()
    with unit_of_work():
        db.session.delete(booking)
    assert claims() == 0 and db.session.scalar(select(func.count(Seat.id))) == 0


def test_a_hold_that_lapses_and_a_visitor_who_picks_at_that_moment_do_not_wait_for_each_other(
    hosts: Hosts, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    lapsing, freed, plain = held().id, threading.Event(), seats.changed
    db.session.rollback()
    clock.forward(timedelta(minutes=11))

    def slowly(host_ids: list[int]) -> None:
        freed.set()
        time.sleep(0.3)
        plain(host_ids)

    def lapse() -> bool:
        with app.app_context(), unit_of_work():
            return db.session.get_one(Booking, lapsing).lapse()

    def pick() -> str:
        with app.app_context(), unit_of_work():
            freed.wait(10)
            return Booking.hold(intro(), WEDNESDAY, "America/New_York").state

    monkeypatch.setattr(seats, "changed", slowly)
    with ThreadPoolExecutor(2) as pool:
        lapsed, picked = pool.submit(lapse), pool.submit(pick)
        assert (lapsed.result(20), picked.result(20)) == (True, "held")
