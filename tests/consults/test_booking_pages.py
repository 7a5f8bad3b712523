"""The visitor's way: type, time, who you are, done; and what happens when the time is gone, the link is bad, the words are wrong."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from html import unescape

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from app.accounts.models import Person
from app.consults import intake
from app.consults.models import Booking, Intake, IntakeFile, find_type
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from tests.consults.conftest import Hosts, WriteType, at

TEN, WEDNESDAY = at("2026-12-07 10:00"), at("2026-12-09 10:00")
NORA = {"name": "Nora Field", "email": "Nora@Example.com", "phone": "(202) 555-0177", "place": "phone"}


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found
    return found[1]


def hold(client: FlaskClient, start: int = TEN, **more: str) -> str:
    """Pick a time; gives the address of the form."""
    csrf = token_in(client.get("/book/intro").text)
    answer = client.post("/book/intro/holds", data={"start": str(start), "csrf_token": csrf, "tz": "America/New_York", **more})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def book(client: FlaskClient, start: int = TEN, **more: object) -> str:
    address = hold(client, start)
    csrf = token_in(client.get(address).text)
    answer = client.post(address, data={**NORA, "csrf_token": csrf, **more}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def only_booking() -> Booking:
    db.session.expire_all()
    return db.session.scalars(select(Booking).order_by(Booking.id)).first()  # type: ignore[return-value]


def letters(to: str) -> list[PostedLetter]:
    drain()
    db.session.expire_all()
    return list(db.session.scalars(select(PostedLetter).where(PostedLetter.to == to).order_by(PostedLetter.id)))


def calendar_of(letter: PostedLetter) -> tuple[str, Calendar]:
    """The method that the calendar part of a letter announces, and the part itself, as a mail program reads them."""
    message = message_from_bytes(letter.as_message().as_bytes(), policy=default)
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar" and part.get_param("method"))
    return str(part.get_param("method")), Calendar.from_ical(part.get_content())


def test_types_are_listed_with_their_next_free_time(hosts: Hosts, client: FlaskClient) -> None:
    page = client.get("/book").text
    assert "Free intro" in page and "Next free: Monday, 7 December, 9:00 am" in page


def test_where_one_type_alone_fits_a_profession_its_times_come_at_once(write_type: WriteType, hosts: Hosts, client: FlaskClient) -> None:
    write_type("intro", professions=["therapist"])
    write_type("other", title="Other", professions=["physician"])
    write_type("third", title="Third", professions=["physician"])
    answer = client.get("/book?profession=therapist&tz=Europe/Berlin")
    assert answer.status_code == 303 and answer.location == "/book/intro?profession=therapist&tz=Europe/Berlin"
    back = unescape(re.search(r'class="booking__back"><a href="([^"]+)"', client.get(answer.location).text)[1])  # type: ignore[index]
    assert "Free intro" in client.get(back).text, "the way back to the list leads to the list"
    both = client.get("/book?profession=physician").text
    assert "Other" in both and "Third" in both and "Free intro" not in both
    assert client.get("/book?profession=astronaut").status_code == 200 == client.get("/book").status_code


def test_the_month_shows_days_with_times_in_the_visitors_zone(hosts: Hosts, client: FlaskClient) -> None:
    page = client.get("/book/intro?tz=Europe/Berlin&day=2026-12-08").text
    assert "15:00" in page and "22:45" in page and "Berlin (GMT+1)" in page
    assert 'id="day-2026-12-08"' in page and "data-chosen" in page


def test_a_visitor_books_and_gets_a_letter_with_a_calendar_part(hosts: Hosts, client: FlaskClient) -> None:
    page = client.get(book(client, WEDNESDAY)).text
    assert "You are booked, Nora" in page and "Wednesday, 9 December 2026, 10:00 am" in page and "+1 202-555-0177" in page
    booking = only_booking()
    assert (booking.state, booking.email, booking.phone) == ("booked", "Nora@example.com", "+12025550177")
    letter = letters("Nora@example.com")[0]
    assert letter.asked_for
    method, sent = calendar_of(letter)
    event = sent.walk("VEVENT")[0]
    assert letter.subject == "You are booked: Wednesday, 9 December, 10:00 am"
    assert method == "REQUEST" == sent["METHOD"] and event["UID"] == booking.uid and event["SEQUENCE"] == 0
    assert event["DTSTART"].dt == booking.starts_at and event["ATTENDEE"] == "mailto:Nora@example.com"
    assert "/book/booking/" in letter.text
    assert letters(hosts[0].person.email or "") or letters(hosts[1].person.email or "")


def test_moving_and_cancelling_send_one_uid_with_a_rising_sequence(hosts: Hosts, client: FlaskClient) -> None:
    address = book(client, WEDNESDAY)
    uid = only_booking().uid
    csrf = token_in(client.get(f"{address}/move").text)
    moved = client.post(f"{address}/time", data={"start": str(at("2026-12-10 11:00")), "csrf_token": csrf})
    assert moved.status_code == 303
    csrf = token_in(client.get(f"{address}/cancel").text)
    ended = client.post(f"{address}/cancellation", data={"reason": "ill", "csrf_token": csrf}, follow_redirects=True)
    assert "This consult was cancelled" in ended.text
    sent = [calendar_of(letter) for letter in letters("Nora@example.com")]
    events = [calendar.walk("VEVENT")[0] for _, calendar in sent]
    assert [method for method, _ in sent][-1] == "CANCEL" and {event["UID"] for event in events} == {uid}
    assert events[-1]["SEQUENCE"] == 2 and events[-1]["STATUS"] == "CANCELLED"


def test_letters_tell_each_step_when_they_leave_in_time(hosts: Hosts, client: FlaskClient) -> None:
    address = book(client, WEDNESDAY)
    letters("x")
    csrf = token_in(client.get(f"{address}/move").text)
    client.post(f"{address}/time", data={"start": str(at("2026-12-10 11:00")), "csrf_token": csrf})
    methods = [(method, calendar.walk("VEVENT")[0]["SEQUENCE"]) for method, calendar in map(calendar_of, letters("Nora@example.com"))]
    assert methods == [("REQUEST", 0), ("REQUEST", 1)]


def test_a_taken_time_answers_409_with_the_nearest(hosts: Hosts, client: FlaskClient) -> None:
    hold(client), hold(client)
    csrf = token_in(client.get("/book/intro").text)
    refused = client.post("/book/intro/holds", data={"start": str(TEN), "csrf_token": csrf, "tz": "America/New_York"})
    assert refused.status_code == 409 and "is not free any more" in refused.text
    near = re.search(r"These are closest.*?</p>\s*<p class=\"slots\">(.*?)</p>", refused.text, re.S)
    assert near is not None and re.findall(r"\d+:\d+ am", near[1])[:2] == ["9:30 am", "9:45 am"]


PAPER = {"name": "paper", "ask": "A paper", "kind": "file", "required": True}


@pytest.mark.usefixtures("hosts")
def test_a_time_lost_while_typing_keeps_every_word_and_the_file(write_type: WriteType, client: FlaskClient) -> None:
    write_type("intro", questions=[{"name": "aim", "ask": "Your aim?", "kind": "long"}, PAPER])
    address = hold(client)
    csrf = token_in(client.get(address).text)
    clock.forward(timedelta(minutes=11))
    hold(client), hold(client)
    typed = {**NORA, "q_aim": "More of the right clients", "csrf_token": csrf}
    refused = client.post(address, data={**typed, "q_paper": (io.BytesIO(b"%PDF-1.4 x"), "plan.pdf")}, content_type="multipart/form-data")
    assert refused.status_code == 409 and "was taken meanwhile" in refused.text
    assert all(words in refused.text for words in ("Nora Field", "Nora@example.com", "More of the right clients", "+12025550177"))
    instead = re.search(r'name="instead" value="(\d+)"', refused.text)
    assert instead
    booked = client.post(address, data={**typed, "instead": instead[1]}, content_type="multipart/form-data")
    assert booked.status_code == 303
    booking = only_booking()
    assert booking.start == int(instead[1]) and booking.state == "booked"
    assert [file.name for file in db.session.scalars(IntakeFile.of(booking))] == ["plan.pdf"]


def test_an_invalid_form_comes_back_with_what_was_typed(hosts: Hosts, client: FlaskClient) -> None:
    address = hold(client)
    csrf = token_in(client.get(address).text)
    refused = client.post(address, data={"name": "Nora", "email": "not an address", "phone": "12", "place": "phone", "csrf_token": csrf})
    assert refused.status_code == 422
    assert "does not look like an e-mail address" in refused.text and "does not look like a phone number" in refused.text
    assert 'value="not an address"' in refused.text and only_booking().state == "held"


def test_video_needs_no_phone(hosts: Hosts, client: FlaskClient) -> None:
    assert book(client, place="video", phone="")
    assert only_booking().place == "video"


def test_answers_are_encrypted_and_forgotten_in_time(write_type: WriteType, hosts: Hosts, client: FlaskClient) -> None:
    questions = [{"name": "aim", "ask": "Your aim?"}, {"name": "size", "ask": "How many?", "kind": "number", "most": 80}]
    write_type("intro", questions=questions, keep_answers="30 days")
    book(client, q_aim="a secret aim", q_size="12", q_paper=(io.BytesIO(b"%PDF-1.4 x"), "plan.pdf"))
    booking = only_booking()
    intake = Intake.of(booking)
    assert intake is not None and intake.sealed is not None
    assert b"secret" not in intake.sealed and intake.answers == {"aim": "a secret aim", "size": 12}
    clock.forward(timedelta(days=31))
    drain()
    db.session.expire_all()
    assert intake.sealed is None and intake.forgotten_at is not None and intake.answers == {}


@pytest.mark.usefixtures("hosts")
def test_a_file_of_which_no_consult_comes_is_forgotten_too(write_type: WriteType, client: FlaskClient) -> None:
    write_type("intro", questions=[PAPER], keep_answers="30 days")
    data = {"name": "", "q_paper": (io.BytesIO(b"%PDF-1.4 x"), "plan.pdf")}
    assert client.post(hold(client), data=data, content_type="multipart/form-data").status_code == 422
    assert db.session.scalars(select(IntakeFile)).all()
    clock.forward(timedelta(days=31))
    drain()
    assert only_booking().state == "lapsed" and not db.session.scalars(select(IntakeFile)).all()


@pytest.mark.usefixtures("hosts")
def test_answers_are_kept_for_a_consult_that_moves_far_away(write_type: WriteType, client: FlaskClient) -> None:
    write_type("intro", questions=[{"name": "aim", "ask": "Your aim?"}], keep_answers="1 day", ahead="60 days")
    book(client, WEDNESDAY, q_aim="more clients")
    with unit_of_work():
        only_booking().move(at("2027-01-06 10:00"))
    drain()
    kept = []
    for days in (28, 4):
        clock.forward(timedelta(days=days))
        drain()
        intake = Intake.of(only_booking())
        kept.append(intake.answers if intake else None)
    assert kept == [{"aim": "more clients"}, {}]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\x00", "tool.exe"),
        (b"<html><script>alert(1)</script>", "page.html"),
        (b"", "empty.pdf"),
        (b"%PDF-1.4" + b"x" * 3000, "big.pdf"),
    ],
)
def test_files_that_we_do_not_take_are_refused_with_a_reason(
    write_type: WriteType, hosts: Hosts, client: FlaskClient, content: bytes, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_BYTES", 3000)
    write_type("intro", questions=[PAPER])
    address = hold(client)
    csrf = token_in(client.get(address).text)
    data = {**NORA, "csrf_token": csrf, "q_paper": (io.BytesIO(content), name)}
    refused = client.post(address, data=data, content_type="multipart/form-data")
    assert refused.status_code == 422 and only_booking().state == "held"
    assert not db.session.scalars(select(IntakeFile)).all()


@pytest.mark.parametrize("path", ["hold/{}", "booking/{}", "booking/{}/move", "booking/{}/cancel", "booking/{}/consult.ics"])
@pytest.mark.parametrize("token", ["nonsense", "eyJiIjoxfQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", "%00", "é"])
def test_bad_links_get_a_clear_page(hosts: Hosts, client: FlaskClient, path: str, token: str) -> None:
    answer = client.get("/book/" + path.format(token))
    assert answer.status_code == 404
    assert "This link does not work" in answer.text


NO_TIMES = ["", "soon", "-5", "9" * 40, "2027-03-14T02:30", "0", str(at("2026-12-06 10:00")), "2026-13-45T10:00", "1e9"]
ENDS_OF_TIME = ["0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "9" * 11]


@pytest.mark.parametrize("start", [*NO_TIMES, *ENDS_OF_TIME])
def test_times_that_are_no_times_change_nothing(hosts: Hosts, client: FlaskClient, start: str) -> None:
    csrf = token_in(client.get("/book/intro").text)
    answer = client.post("/book/intro/holds", data={"start": start, "csrf_token": csrf, "tz": "America/New_York"})
    assert answer.status_code in {409, 422}
    assert client.get("/book/intro/series", query_string={"start": start, "tz": "America/New_York"}).status_code in {200, 422}
    assert db.session.scalar(select(Booking.id)) is None


def test_unknown_types_and_zones_and_days_are_no_accident(hosts: Hosts, client: FlaskClient) -> None:
    assert client.get("/book/nothing").status_code == 404
    assert client.post("/book/nothing/holds", data={"csrf_token": token_in(client.get("/book/intro").text)}).status_code == 404
    odd = "tz=Mars/Phobos day=2026-02-31 month=0000-00 day=9999-12-31 month=9999-12 host=x profession=%00 day=0001-01-01"
    for query in odd.split():
        assert client.get(f"/book/intro?{query}").status_code == 200, query


def test_releasing_frees_the_time_and_returns_to_the_day(hosts: Hosts, client: FlaskClient) -> None:
    address = hold(client)
    csrf = token_in(client.get(address).text)
    answer = client.post(address.split("?")[0] + "/release", data={"csrf_token": csrf})
    assert answer.status_code == 303 and "day=2026-12-07" in answer.location
    assert only_booking().state == "lapsed"


def test_a_double_click_books_once(hosts: Hosts, client: FlaskClient) -> None:
    address = hold(client)
    csrf = token_in(client.get(address).text)
    first, second = (client.post(address, data={**NORA, "csrf_token": csrf}) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(letters("Nora@example.com")) == 1


def test_a_typed_address_proves_nothing(hosts: Hosts, client: FlaskClient, ada: Person) -> None:
    book(client, email="ada@customer.example")
    booking = only_booking()
    assert booking.person is not None and booking.person.id != ada.id and booking.person.claimed_email == "ada@customer.example"


def test_a_signed_in_person_need_not_type_who_they_are(hosts: Hosts, client_of: object, ada: Person) -> None:
    client = client_of(ada)  # type: ignore[operator]
    page = client.get(hold(client)).text
    assert 'value="Ada Lovelace"' in page and 'value="ada@customer.example"' in page


def test_the_dialog_gets_the_part_only_and_leaves_the_address_alone(hosts: Hosts, client: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#booking", "HX-Current-URL": "http://localhost/"}
    answer = client.get("/book/intro", headers=headers)
    assert answer.headers["HX-Push-Url"] == "false" and "<html" not in answer.text and "Free intro" in answer.text
    on_page = client.get("/book/intro", headers={**headers, "HX-Current-URL": "http://localhost/book"})
    assert "HX-Push-Url" not in on_page.headers


def test_reminders_leave_a_day_and_an_hour_before_and_not_after_a_change(hosts: Hosts, client: FlaskClient) -> None:
    book(client, WEDNESDAY)
    before = len(letters("Nora@example.com"))
    clock.forward(timedelta(days=1, hours=2, minutes=1))
    reminders = letters("Nora@example.com")[before:]
    assert [(letter.subject, letter.asked_for) for letter in reminders] == [("Soon: Wednesday, 9 December, 10:00 am", False)]
    with unit_of_work():
        only_booking().move(at("2026-12-10 10:00"))
    drain()
    clock.forward(timedelta(hours=23))
    late = [letter.subject for letter in letters("Nora@example.com") if letter.subject.startswith("Soon")]
    assert late.count("Soon: Wednesday, 9 December, 10:00 am") == 1


def test_after_an_outage_nobody_gets_old_reminders(hosts: Hosts, client: FlaskClient) -> None:
    book(client, WEDNESDAY)
    letters("x")
    clock.forward(timedelta(days=1, hours=6))
    assert not [letter for letter in letters("Nora@example.com") if letter.subject.startswith("Soon")]


def test_a_type_whose_file_is_gone_lets_its_bookings_end(write_type: WriteType, hosts: Hosts, client: FlaskClient) -> None:
    write_type("brief", title="Brief")
    kind = find_type("brief")
    assert kind is not None
    with unit_of_work():
        booking = Booking.hold(kind, WEDNESDAY, "UTC", email="a@b.example", name="A")
        booking.confirm()
    write_type("brief", minutes=7)
    assert find_type("brief") is None
    assert client.get(f"/book/booking/{booking.token}").status_code == 200
    with unit_of_work():
        assert booking.call_off("host")
