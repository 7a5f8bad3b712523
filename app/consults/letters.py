"""Letters about a consult: each carries the calendar message that makes the reader's calendar follow."""

from __future__ import annotations

from app.consults.bookings import Booking
from app.consults.invitation import how, invitation
from app.consults.series import sessions_of
from app.lib.mail import Attachment, post, write
from app.lib.page import absolute


def to_visitor(name: str, booking: Booking, method: str = "REQUEST", **more: object) -> None:
    """Write one letter to whoever booked; nothing for a booking without an address, or made at a provider that writes itself."""
    if booking.email and not booking.is_outside:
        letter = write(f"consults/{name}", booking.email, **{**words(booking), **more})
        letter.attachments, letter.about = calendar_parts(booking, method), f"booking:{booking.id}"
        # A reminder comes by itself; every other one says what became of an appointment that they made.
        letter.asked_for = name != "reminder"
        post(letter)


def to_hosts(name: str, booking: Booking, **more: object) -> None:
    for host in booking.hosts:
        if host.person.email:
            letter = write(f"consults/{name}", host.person.email, host=host, **{**words(booking), **more})
            letter.about = f"booking:{booking.id}"
            post(letter)


def words(booking: Booking) -> dict[str, object]:
    return {
        "booking": booking,
        "kind": booking.kind,
        "start": booking.starts_at.astimezone(booking.zone),
        "how": how(booking),
        "sessions": sessions_of(booking),
        "again_link": absolute("consults.new_booking", type=booking.type_slug),
        "link": absolute("consults.show_booking", token=booking.token),
        "move_link": absolute("consults.edit_time", token=booking.token),
        "cancel_link": absolute("consults.new_cancellation", token=booking.token),
    }


def calendar_parts(booking: Booking, method: str) -> list[Attachment]:
    """The message as a part that mail programs act on, and the same as a file for those that do not (RFC 6047)."""
    body = invitation(booking, method=method)
    return [("consult.ics", f"text/calendar; method={method}", body), ("consult.ics", "text/calendar", body)] if method else []
