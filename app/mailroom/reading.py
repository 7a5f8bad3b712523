"""Read one raw e-mail, however broken: whatever arrives becomes a Mail, and nothing of it is lost."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime

MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
ADDRESS = re.compile(r"[^\s<>;,\"()]+@[^\s<>;,\"()]+")
MOST_PARTS = 200
MOST_TEXT = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """One file in a mail: its name as given, its declared type, its bytes, and the Content-ID that HTML may point to."""

    name: str
    kind: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail as read. Addresses are lower case; ids keep their angle brackets; `text` and `html` are str, possibly empty."""

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

    def header(self, name: str) -> str:
        """The first header of that name, or an empty string."""
        return self.headers.get(name.lower(), ("",))[0]

    def all(self, name: str) -> tuple[str, ...]:
        return self.headers.get(name.lower(), ())


def read(raw: bytes) -> Mail:
    """Parse raw RFC 5322 bytes. Never raises: what cannot be decoded is kept with replacement characters."""
    message = parsed(raw)
    headers = headers_of(message)
    senders = addresses(headers, "from") or addresses(headers, "sender") or [("", "")]
    text, html, files = bodies(message)
    return Mail(
        message_id=first_id(headers, "message-id") or made_up_id(raw),
        sender=senders[0][1],
        sender_name=senders[0][0],
        recipients=tuple(a for name in ("to", "delivered-to", "x-original-to", "envelope-to") for _, a in addresses(headers, name)),
        copied=tuple(address for _, address in addresses(headers, "cc")),
        subject=" ".join(first(headers, "subject").split())[:998],
        sent_at=date_of(first(headers, "date")),
        in_reply_to=tuple(MESSAGE_ID.findall(first(headers, "in-reply-to"))),
        references=tuple(MESSAGE_ID.findall(" ".join(headers.get("references", ()))))[-100:],
        text=clean(text),
        html=html[:MOST_TEXT],
        files=tuple(files),
        headers=headers,
    )


def parsed(raw: bytes) -> Message:
    try:
        message = message_from_bytes(raw, policy=policy.default)
        list(message.items())
        return message
    except Exception:
        return parsed_the_old_way(raw)


def parsed_the_old_way(raw: bytes) -> Message:
    """The strict policy has raised on real mail (bad groups, folded encoded words); the old one takes nearly anything."""
    try:
        return message_from_bytes(raw, policy=policy.compat32)
    except RecursionError:
        # Parts nested hundreds deep: read the headers, take the rest as text.
        message = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
        message.replace_header("Content-Type", "text/plain") if "Content-Type" in message else None
        return message


def headers_of(message: Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items() if hasattr(message, "raw_items") else message.items():
        found.setdefault(str(name).lower(), []).append(decoded(str(value)))
    return {name: tuple(values) for name, values in found.items()}


def decoded(value: str) -> str:
    """A header as text (RFC 2047), line breaks unfolded, control characters gone."""
    flat = re.sub(r"\r?\n[ \t]*", " ", value)
    try:
        parts = [as_text(part, charset) for part, charset in decode_header(flat)]
    except Exception:
        parts = [flat]
    return CONTROL.sub("", "".join(parts)).encode("utf-8", "replace").decode("utf-8")


def as_text(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    for name in (charset, "utf-8", "latin-1"):
        try:
            return part.decode(name or "ascii")
        except (LookupError, UnicodeDecodeError):
            continue
    return part.decode("latin-1")


def first(headers: dict[str, tuple[str, ...]], name: str) -> str:
    return headers.get(name, ("",))[0]


def first_id(headers: dict[str, tuple[str, ...]], name: str) -> str:
    found = MESSAGE_ID.findall(first(headers, name))
    return found[0] if found else ""


def addresses(headers: dict[str, tuple[str, ...]], name: str) -> list[tuple[str, str]]:
    """(name, address) pairs of all headers of that name; strings without an @ are left out."""
    pairs = [pair for value in headers.get(name, ()) for pair in split_addresses(value)]
    return [(shown.strip(), address.strip().lower()[:254]) for shown, address in pairs if "@" in address]


def split_addresses(value: str) -> list[tuple[str, str]]:
    found = [(shown, address) for shown, address in getaddresses([value]) if "@" in address]
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


def bodies(message: Message) -> tuple[str, str, list[Enclosed]]:
    """All text parts joined, all HTML parts joined, everything else as files."""
    texts: list[str] = []
    htmls: list[str] = []
    files: list[Enclosed] = []
    for part in walk(message):
        kind = part.get_content_type()
        if is_file(part, kind):
            files.append(enclosed(part, kind))
        else:
            (htmls if kind == "text/html" else texts).append(part_text(part))
    return "\n".join(texts), "\n".join(htmls), files


def walk(message: Message) -> list[Message]:
    """The leaves, at most 200: an attached mail is a leaf, kept whole."""
    leaves: list[Message] = []
    waiting: list[Message] = [message]
    while waiting and len(leaves) < MOST_PARTS:
        part = waiting.pop(0)
        children = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(children, list):
            waiting[:0] = [child for child in children if isinstance(child, Message)]
        else:
            leaves.append(part)
    return leaves


def is_file(part: Message, kind: str) -> bool:
    return kind not in {"text/plain", "text/html"} or part.get_content_disposition() == "attachment" or bool(file_name(part))


def file_name(part: Message) -> str:
    try:
        return decoded(part.get_filename() or "")
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
        return b"\n".join(item.as_bytes(policy=policy.compat32) for item in items if isinstance(item, Message))
    except (RecursionError, LookupError, UnicodeError):
        return b"This attached message could not be taken apart; it is part of the original mail."


def default_name(kind: str) -> str:
    return "message.eml" if kind.startswith("message/") else f"file.{kind.rpartition('/')[2][:10]}"


def payload(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except Exception:
        content = None
    if isinstance(content, bytes):
        return content
    return str(part.get_payload()).encode("utf-8", "surrogateescape")


def part_text(part: Message) -> str:
    """The text of a leaf, in its declared charset when that exists and fits, else UTF-8, else Latin-1."""
    return as_text(payload(part)[:MOST_TEXT], charset_of(part)).replace("\r\n", "\n").replace("\r", "\n")


def charset_of(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:
        return None


def clean(text: str) -> str:
    return CONTROL.sub("", text)[:MOST_TEXT]


def as_bytes(message: EmailMessage) -> bytes:
    return message.as_bytes(policy=policy.SMTP)
