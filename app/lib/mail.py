"""Letters: written with their cause, sent after the commit by an errand, kept where the desk can see them."""

from __future__ import annotations

import base64
import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime, formataddr, make_msgid, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template
from sqlalchemy import JSON, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from app.lib import clock, tls
from app.lib.addresses import Unsendable, needs_utf8, on_wire
from app.lib.db import Email, Instant, Model, Words, add, db, let_go
from app.lib.dkim import signed
from app.lib.outbox import Held, errand, later

Attachment = tuple[str, str, bytes]
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
ADDRESSES = ("Reply-To",)
LONGEST_FROM = 320
TIMEOUT = 20
HOUR = timedelta(hours=1)
NO_UTF8 = "The address has letters before its @ that our mail server cannot send (it offers no SMTPUTF8)."
SEVEN_BIT = default.clone(cte_type="7bit")


class Refused(ValueError):
    """The letter cannot be written so: a line break in a header, or no address to send to."""


@dataclass(kw_only=True)
class Letter:
    """One letter before it is posted. `automatic` marks mail nobody typed (RFC 3834); `about` names its cause, such as `conversation:7`.

    `asked_for`: its receiver has just done something that this letter answers, and looks for it: no turn is waited for.
    """

    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    reply_to: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)
    message_id: str = ""
    automatic: bool = True
    asked_for: bool = False
    about: str = ""


class PostedLetter(Model):
    """A letter in the outbox: waiting, sent, failed, kept (no mail server is set), or stopped before it left."""

    __tablename__ = "letters"

    to: Mapped[Email] = mapped_column(index=True)
    sender: Mapped[str] = mapped_column(String(LONGEST_FROM))
    subject: Mapped[str] = mapped_column(String(998))
    text: Mapped[Words]
    html: Mapped[Words]
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    attachments: Mapped[list[list[str]]] = mapped_column(JSON)
    message_id: Mapped[str] = mapped_column(String(300), unique=True)
    about: Mapped[str] = mapped_column(String(120), index=True)
    asked_for: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    sent_at: Mapped[Instant | None]
    last_error: Mapped[str | None] = mapped_column(Text)

    @classmethod
    def latest(cls) -> Select[PostedLetter]:
        return select(cls).order_by(cls.id.desc())

    def resend(self) -> None:
        self.state, self.last_error = "waiting", None
        later("mail.send", key=f"mail:{self.id}", letter_id=self.id)

    def as_message(self) -> EmailMessage:
        """The letter as RFC 5322 / MIME: text, HTML alternative, calendar parts as alternatives, files attached. Raises Unsendable."""
        # A relay that has to turn 8 bit into 7 would break the signature (RFC 6376, 5.3).
        message = EmailMessage(policy=SEVEN_BIT)
        message["From"], message["To"], message["Subject"] = on_wire(self.sender), on_wire(self.to), self.subject
        message["Date"], message["Message-ID"] = format_datetime(self.created_at), self.message_id
        for name, value in self.headers.items():
            message[name] = on_wire(value) if name in ADDRESSES else value
        message.set_content(self.text)
        if self.html:
            message.add_alternative(self.html, subtype="html")
        for filename, mimetype, encoded in self.attachments:
            attach(message, filename, mimetype, base64.b64decode(encoded))
        return message


def attach(message: EmailMessage, filename: str, mimetype: str, content: bytes) -> None:
    kind, _, parameters = mimetype.partition(";")
    main, _, sub = kind.strip().partition("/")
    options = dict(item.strip().split("=", 1) for item in parameters.split(";") if "=" in item)
    if kind == "text/calendar" and "method" in options:
        message.add_alternative(content.decode(), subtype="calendar", params=options)
    else:
        message.add_attachment(content, maintype=main, subtype=sub or "octet-stream", filename=filename, params=options)


def post(letter: Letter) -> PostedLetter:
    """Write the letter into this transaction and an errand that sends it after the commit. Raises Refused for a header trick."""
    check(letter)
    own_host = on_wire(parseaddr(letter.sender or default_sender())[1]).rpartition("@")[2] or "localhost"
    row = add(
        PostedLetter(
            to=letter.to,
            sender=letter.sender or default_sender(),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            headers=headers_of(letter),
            attachments=[[n, m, base64.b64encode(c).decode()] for n, m, c in letter.attachments],
            message_id=letter.message_id or make_msgid(domain=own_host),
            about=letter.about,
            asked_for=letter.asked_for,
        )
    )
    later("mail.send", key=f"mail:{row.id}", letter_id=row.id)
    return row


def check(letter: Letter) -> None:
    written = [
        letter.to,
        letter.subject,
        letter.sender,
        letter.reply_to,
        letter.message_id,
        *letter.headers,
        *letter.headers.values(),
    ]
    if any("\n" in value or "\r" in value for value in written):
        raise Refused("A header holds a line break.")
    if "@" not in letter.to or "," in letter.to:
        raise Refused("A letter goes to exactly one address.")


def headers_of(letter: Letter) -> dict[str, str]:
    reply = {"Reply-To": letter.reply_to} if letter.reply_to else {}
    return {**(AUTOMATIC if letter.automatic else {}), **reply, **letter.headers}


def write(name: str, to: str, **ctx: Any) -> Letter:
    """A letter from templates/<slice>/letters/<name>.{subject,txt,html}; `name` is "<slice>/<name>", the HTML file is optional."""
    slice_name, _, letter_name = name.partition("/")
    stem = f"{slice_name}/letters/{letter_name}"
    has_html = f"{stem}.html" in current_app.jinja_env.list_templates()
    return Letter(
        to=to,
        subject=" ".join(render_template(f"{stem}.subject", **ctx).split()),
        text=render_template(f"{stem}.txt", **ctx).strip() + "\n",
        html=render_template(f"{stem}.html", **ctx) if has_html else "",
    )


def from_line(name: str, address: str) -> str:
    """`Name <address>` for a From header, encoded; a name that is too long for the letter's row loses its end."""
    address = on_wire(address)
    while len(line := f"{formataddr((name, ''))[:-2]}<{address}>" if name else address) > LONGEST_FROM and name:
        name = f"{name[:-9].rstrip()}…" if len(name) > 9 else ""
    return line


_senders: list[Callable[[], str]] = []


def sender_is(call: Callable[[], str]) -> None:
    """`call` gives the firm's own sender line; used while FRONTDESK_MAIL_FROM is empty."""
    _senders[:] = [call]


def default_sender() -> str:
    given: str = current_app.config["SETTINGS"].mail_from
    return given or (_senders[0]() if _senders else formataddr(("Frontdesk", "frontdesk@localhost")))


_stops: list[Callable[[PostedLetter], str]] = []
_refusals: list[Callable[[PostedLetter, int, str], None]] = []


def stop_when(call: Callable[[PostedLetter], str]) -> None:
    """`call` is asked about each letter in the transaction that sends it; a reason from it keeps the letter here, as `stopped`."""
    _stops.append(call)


def on_refusal(call: Callable[[PostedLetter, int, str], None]) -> None:
    """`call` hears of each letter whose address was refused for good, with the SMTP code and its words; 0 where none was asked."""
    _refusals.append(call)


def refused(letter: PostedLetter, code: int, words: str) -> None:
    letter.state, letter.last_error = "failed", f"{code} {words}" if code else words
    for call in _refusals:
        call(letter, code, words)


@errand("mail.send")
def send(letter_id: int) -> None:
    """Hand the letter to the mail server. An error leaves the row waiting; the outbox tries again and shows why."""
    letter = db.session.get(PostedLetter, letter_id)
    if letter is None or letter.state != "waiting":
        return
    reason = next(filter(None, (call(letter) for call in _stops)), "")
    if reason:
        letter.state, letter.last_error = "stopped", reason
        return
    url = current_app.config["SETTINGS"].smtp_url
    if url:
        wait_for_turn(letter)
        try:
            message = letter.as_message()
            let_go()
            deliver(url, message)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()), (0, b""))
            if code < 500:
                raise
            return refused(letter, code, words.decode("utf-8", "replace"))
        except Unsendable as error:
            return refused(letter, 0, str(error))
    letter.state, letter.sent_at = ("sent", clock.now()) if url else ("kept", None)


def wait_for_turn(letter: PostedLetter) -> None:
    """An address gets only so many automatic letters in an hour; the others wait, none is dropped. Raises Held."""
    most = current_app.config["SETTINGS"].mail_per_hour
    if not most or "Auto-Submitted" not in letter.headers or letter.asked_for:
        return
    since = clock.now() - HOUR
    lately = select(PostedLetter.sent_at).where(
        PostedLetter.to == letter.to,
        PostedLetter.sent_at > since,
        PostedLetter.headers["Auto-Submitted"].as_string().is_not(None),
        PostedLetter.asked_for.is_(False),
    )
    sent = [at for at in db.session.scalars(lately.order_by(PostedLetter.sent_at.desc()).limit(most)) if at is not None]
    if len(sent) == most:
        many = "1 automatic letter" if most == 1 else f"{most} automatic letters"
        raise Held(sent[-1] + HOUR, f"This address had {many} in the last hour, as many as FRONTDESK_MAIL_PER_HOUR allows.")


def deliver(url: str, message: EmailMessage) -> None:
    """Send one message by SMTP (RFC 5321); smtps:// is TLS from the start, smtp:// uses STARTTLS where the server offers it.

    Raises Unsendable for an address with letters beyond ASCII before its @, when the server knows no SMTPUTF8 (RFC 6531).
    """
    where = urlsplit(url)
    host, secure = where.hostname or "localhost", where.scheme == "smtps"
    port = where.port or (465 if secure else 25)
    context = tls.trusted()
    sender, to = parseaddr(str(message["From"]))[1], str(message["To"])
    back = [one.addr_spec for header in message.get_all("Reply-To", []) for one in header.addresses]
    wide = needs_utf8(sender, to, *back)
    raw = signed(message.as_bytes(policy=SMTP.clone(cte_type="7bit", utf8=wide)), sender)
    with smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context) if secure else smtplib.SMTP(host, port, timeout=TIMEOUT) as server:
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if wide and not server.has_extn("smtputf8"):
            raise Unsendable(NO_UTF8)
        if where.username:
            server.login(unquote(where.username), unquote(where.password or ""))
        server.sendmail(sender, [to], raw, ["SMTPUTF8", "BODY=8BITMIME"] if wide else [])
