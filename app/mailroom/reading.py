"""Read one raw e-mail, however broken: whatever arrives becomes a Mail, and nothing of it is lost."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime

from app.lib.addresses import in_words
from app.mailroom import tnef
from app.mailroom.charsets import CONTROL, as_text, claim, header, patient

MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
ADDRESS = re.compile(r"[^\s<>;,\"()@]{1,64}@[^\s<>;,\"()@]{1,255}")
LONGEST = 254  # characters of an address
MOST_PARTS = 2000
MOST_TEXT = 1_000_000
NAMES = {"text/calendar": "invitation.ics", "application/ics": "invitation.ics", "application/ms-tnef": "winmail.dat"}


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """One file in a mail: its name as given, its declared type, its bytes, and the Content-ID that HTML may point to."""

    name: str
    kind: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail as read. Addresses are lower case; ids keep their angle brackets; `text` and `html` are str, possibly empty.

    `whole`: nothing was left out; else the rest is only in the raw mail.
    """

    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    copied: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    html: str
    files: tuple[Enclosed, ...] = ()
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    whole: bool = True

    def header(self, name: str) -> str:
        """The first header of that name, or an empty string."""
        return self.headers.get(name.lower(), ("",))[0]

    def all(self, name: str) -> tuple[str, ...]:
        return self.headers.get(name.lower(), ())


def read(raw: bytes) -> Mail:
    """Parse raw RFC 5322 bytes. Never raises: what fits no charset is read as one that takes anything."""
    message = parsed(raw)
    headers = headers_of(message)
    shown, sender = sender_of(headers)
    parts, whole = walk(message)
    text, html, files = bodies(parts)
    return Mail(
        message_id=first_id(headers, "message-id") or made_up_id(raw),
        sender=sender,
        sender_name=shown,
        recipients=tuple(a for name in ("to", "delivered-to", "x-original-to", "envelope-to") for _, a in addresses(headers, name)),
        copied=tuple(address for _, address in addresses(headers, "cc")),
        subject=" ".join(first(headers, "subject").split())[:998],
        sent_at=date_of(first(headers, "date")),
        in_reply_to=tuple(MESSAGE_ID.findall(first(headers, "in-reply-to"))),
        references=tuple(MESSAGE_ID.findall(" ".join(headers.get("references", ()))))[-100:],
        text=CONTROL.sub("", text)[:MOST_TEXT],
        html=html[:MOST_TEXT],
        files=tuple(files),
        headers=headers,
        whole=whole and max(len(text), len(html)) <= MOST_TEXT,
    )


def parsed(raw: bytes) -> Message:
    policy = patient(claim(raw))
    try:
        return message_from_bytes(raw, policy=policy)
    except RecursionError:
        # Parts nested hundreds deep: read the headers, take the rest as text.
        message = BytesHeaderParser(policy=policy).parsebytes(raw)
        message.replace_header("Content-Type", "text/plain") if "Content-Type" in message else None
        return message


def headers_of(message: Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in message.items():
        found.setdefault(header(name).lower(), []).append(value)
    return {name: tuple(values) for name, values in found.items()}


def first(headers: dict[str, tuple[str, ...]], name: str) -> str:
    return headers.get(name, ("",))[0]


def first_id(headers: dict[str, tuple[str, ...]], name: str) -> str:
    found = MESSAGE_ID.findall(first(headers, name))
    return found[0] if found else ""


def sender_of(headers: dict[str, tuple[str, ...]]) -> tuple[str, str]:
    """Name and address of the first who is named. An address longer than any can be (RFC 5321) is none: cut, it would be another's."""
    found = addresses(headers, "from") or addresses(headers, "sender") or [("", "")]
    shown, address = found[0]
    return (shown, address) if len(address) <= LONGEST else (" ".join(first(headers, "from").split()), "")


def addresses(headers: dict[str, tuple[str, ...]], name: str) -> list[tuple[str, str]]:
    """(name, address) pairs of all headers of that name; strings without an @ are left out."""
    pairs = [pair for value in headers.get(name, ()) for pair in split_addresses(value)]
    return [(shown.strip(), in_words(address.strip().lower())) for shown, address in pairs if "@" in address]


def split_addresses(value: str) -> list[tuple[str, str]]:
    try:
        found = [(shown, address) for shown, address in getaddresses([value]) if "@" in address]
    except RecursionError:
        # Thousands of brackets inside each other.
        found = []
    # Newer Pythons give up on a malformed list as a whole; the addresses in it are still there to be read.
    return found or [("", address) for address in ADDRESS.findall(value)]


def made_up_id(raw: bytes) -> str:
    return f"<{hashlib.sha256(raw).hexdigest()[:32]}@without-id.invalid>"


def date_of(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def bodies(parts: list[Message]) -> tuple[str, str, list[Enclosed]]:
    """All text parts joined, all HTML parts joined, everything else as files."""
    texts: list[str] = []
    htmls: list[str] = []
    files: list[Enclosed] = []
    for part in parts:
        kind = part.get_content_type()
        if is_file(part, kind):
            files.append(enclosed(part, kind))
        else:
            (htmls if kind == "text/html" else texts).append(part_text(part))
    said, files = unpacked(files)
    if not any(words.strip() for words in (*texts, *htmls)):
        texts, htmls = [one.text for one in said], [one.html for one in said]
    return "\n".join(texts), "\n".join(htmls), files


def unpacked(files: list[Enclosed]) -> tuple[list[tnef.Parcel], list[Enclosed]]:
    """Each winmail.dat that can be opened makes way for what is in it; one that cannot stays a file."""
    parcels: list[tnef.Parcel] = []
    kept: list[Enclosed] = []
    for file in files:
        parcel = opened(file)
        if parcel is None:
            kept.append(file)
        else:
            parcels.append(parcel)
            kept += [Enclosed(name=one.name or "file", kind="application/octet-stream", content=one.content) for one in parcel.files]
    return parcels, kept


def opened(file: Enclosed) -> tnef.Parcel | None:
    if file.kind not in tnef.KINDS and file.name.lower() != "winmail.dat":
        return None
    try:
        parcel = tnef.unpacked(file.content)
    except tnef.Odd:
        return None
    return parcel if parcel.text or parcel.html or parcel.files else None


def walk(message: Message) -> tuple[list[Message], bool]:
    """The leaves, and whether these are all: an attached mail is a leaf, kept whole."""
    leaves: list[Message] = []
    waiting: list[Message] = [message]
    while waiting and len(leaves) < MOST_PARTS:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting += [child for child in reversed(list(part.get_payload())) if isinstance(child, Message)]
        else:
            leaves.append(part)
    return leaves, not waiting


def is_file(part: Message, kind: str) -> bool:
    return kind not in {"text/plain", "text/html"} or part.get_content_disposition() == "attachment" or bool(file_name(part))


def file_name(part: Message) -> str:
    try:
        return header(part.get_filename() or "")
    except Exception:
        return "file"


def enclosed(part: Message, kind: str) -> Enclosed:
    content = inner_mail(part) if kind.startswith("message/") and part.is_multipart() else payload(part)
    content_id = str(part.get("Content-ID", "")).strip("<> ")
    return Enclosed(name=file_name(part) or default_name(kind), kind=kind, content=content, content_id=content_id)


def inner_mail(part: Message) -> bytes:
    """An attached mail as bytes. One nested too deep to be written again is left to the raw mail, which is kept whole."""
    inner = part.get_payload()
    items = inner if isinstance(inner, list) else []
    try:
        return b"\n".join(item.as_bytes(policy=compat32) for item in items if isinstance(item, Message))
    except (RecursionError, LookupError, UnicodeError):
        return b"This attached message could not be taken apart; it is part of the original mail."


def default_name(kind: str) -> str:
    return NAMES.get(kind) or ("message.eml" if kind.startswith("message/") else f"file.{kind.rpartition('/')[2][:10]}")


def payload(part: Message) -> bytes:
    content = content_of(part, decode=True)
    content = content_of(part, decode=False) if content is None else content
    return content if isinstance(content, bytes) else str(content or "").encode("utf-8", "surrogateescape")


def content_of(part: Message, decode: bool) -> object:
    """None under a charset that refuses everything, or a coding that is none: the raw mail has it still."""
    try:
        return part.get_payload(decode=True) if decode else part.get_payload()
    except Exception:
        return None


def part_text(part: Message) -> str:
    """The text of a leaf, in its declared charset when that exists and fits, else UTF-8, else Latin-1."""
    return as_text(payload(part)[: 4 * MOST_TEXT], charset_of(part)).replace("\r\n", "\n").replace("\r", "\n")


def charset_of(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:
        return None
