"""The consult as a calendar event: for letters, files, links and calendars."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlencode

from app.business.models import Site
from app.consults.bookings import Booking
from app.lib.ical import Happening, calendar, utc
from app.lib.mail import default_sender
from app.lib.page import absolute
from app.lib.phones import spoken

ALARM = timedelta(minutes=15)


def invitation(booking: Booking, method: str = "REQUEST") -> bytes:
    """The iCalendar object (RFC 5545) of a booking; with a method it is an iTIP message (RFC 5546) from the firm."""
    return calendar([happening(booking)], method=method)


def happening(booking: Booking) -> Happening:
    return Happening(
        uid=booking.uid,
        sequence=booking.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        summary=f"{booking.title} · {Site.current().name}",
        description=words(booking),
        location=where(booking),
        url=absolute("consults.show_booking", token=booking.token),
        cancelled=booking.state == "cancelled",
        organizer=(Site.current().name, parseaddr(default_sender())[1]),
        attendees=((booking.name, booking.email),) if booking.email else (),
        alarm=ALARM,
    )


def for_host(booking: Booking) -> bytes:
    """The consult as it stands in a host's own calendar: who comes and how to reach them. Invites nobody: servers would write to them."""
    reach = "\n".join(filter(None, (spoken(booking.phone), booking.email, absolute("consult_desk.show", booking_id=booking.id))))
    plain = Happening(
        uid=booking.uid,
        sequence=booking.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        summary=f"{booking.name}, {booking.title}",
        description=reach,
        location=where(booking),
        alarm=ALARM,
    )
    return calendar([plain])


def words(booking: Booking) -> str:
    with_whom = " and ".join(host.name for host in booking.hosts)
    link = absolute("consults.show_booking", token=booking.token)
    return f"{with_whom and f'With {with_whom}. '}{how(booking)}\n\nMove or cancel: {link}"


def how(booking: Booking) -> str:
    """One sentence: how the two will meet."""
    if booking.place == "phone":
        return f"We call you at {spoken(booking.phone)}." if booking.phone else "We call you."
    return f"{booking.place_name}: {booking.place_words}" if booking.place_words else f"{booking.place_name}."


def where(booking: Booking) -> str:
    return f"Phone {spoken(booking.phone)}" if booking.place == "phone" else booking.place_words or booking.place_name


def add_links(booking: Booking) -> list[tuple[str, str]]:
    """Pages of Google and Outlook that add the consult to a calendar there: label and address. Nothing is sent before the click."""
    title, about = f"{booking.title} · {Site.current().name}", words(booking)
    place, begins, ends = where(booking), booking.starts_at, booking.ends_at
    google = {"action": "TEMPLATE", "text": title, "dates": f"{utc(begins)}/{utc(ends)}", "details": about, "location": place}
    outlook = {
        "rru": "addevent",
        "subject": title,
        "startdt": begins.isoformat(),
        "enddt": ends.isoformat(),
        "body": about,
        "location": place,
    }
    return [
        ("Google Calendar", "https://calendar.google.com/calendar/render?" + urlencode(google)),
        (
            "Outlook",
            "https://outlook.live.com/calendar/0/deeplink/compose?" + urlencode(outlook),
        ),
    ]
