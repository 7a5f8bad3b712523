"""Five classes of mail, each with a behaviour of its own: person, auto-reply, bounce, bulk, own loop. Nothing is dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy

from app.lib.addresses import in_words
from app.mailroom.reading import Mail

PERSON, AUTO_REPLY, BOUNCE, BULK, OWN_LOOP = "person", "auto_reply", "bounce", "bulk", "own_loop"
OWN_MARK = "X-Frontdesk-Site"
ROBOTS = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+.@-]|$)", re.IGNORECASE)
DAEMONS = re.compile(r"^(mailer-daemon|postmaster)([+.@-]|$)", re.IGNORECASE)
AWAY = re.compile(
    r"^\s*(auto(matic)?[ -]?(reply|response|svar|antwort)|out of (the )?office|automatische antwort|abwesenheit|réponse automatique)", re.I
)
ADDRESS = re.compile(r"[^\s<>;,\"@]{1,64}@[^\s<>;,\"@]{1,255}")


@dataclass(frozen=True)
class Sorted:
    """The class of a mail and the sign that decided it, for the agent's eyes."""

    kind: str
    because: str


@dataclass(frozen=True)
class Failure:
    """One failed recipient of a delivery report (RFC 3464): permanent when the status begins with 5."""

    address: str
    status: str
    permanent: bool
    message_id: str


def sort(mail: Mail, site: str) -> Sorted:
    """Class a mail. `site` is this installation's mark: mail that carries it is our own, come back.

    Follows RFC 3834 (Auto-Submitted), RFC 3464 (delivery reports), RFC 2919/2369 (lists). A mail through a list is still a person's
    unless it is marked bulk.
    """
    for kind, because in (own(mail, site), bounce(mail), automatic(mail), bulk(mail)):
        if because:
            return Sorted(kind, because)
    return Sorted(PERSON, "nothing says otherwise")


def own(mail: Mail, site: str) -> tuple[str, str]:
    return OWN_LOOP, f"{OWN_MARK} is ours" if site and mail.header(OWN_MARK) == site else ""


def bounce(mail: Mail) -> tuple[str, str]:
    kind = mail.header("Content-Type").lower()
    report = "multipart/report" in kind and "delivery-status" in kind
    if report:
        return BOUNCE, "it is a delivery report"
    empty_path = mail.header("Return-Path").strip() == "<>"
    if empty_path and DAEMONS.match(mail.sender) and failures(mail):
        return BOUNCE, "a mail system says it could not deliver"
    return BOUNCE, ""


def automatic(mail: Mail) -> tuple[str, str]:
    marked = mail.header("Auto-Submitted").split(";")[0].strip().lower()
    if marked and marked != "no":
        return AUTO_REPLY, f"Auto-Submitted: {marked}"
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From"):
        if mail.header(name) and mail.header(name).lower() != "no":
            return AUTO_REPLY, f"{name} is set"
    if mail.header("Precedence").lower() == "auto_reply":
        return AUTO_REPLY, "Precedence: auto_reply"
    if AWAY.match(mail.subject) and marked != "no":
        return AUTO_REPLY, "its subject says so"
    return AUTO_REPLY, "an empty return path" if mail.header("Return-Path").strip() == "<>" else ""


def bulk(mail: Mail) -> tuple[str, str]:
    precedence = mail.header("Precedence").lower()
    if precedence in {"bulk", "junk"}:
        return BULK, f"Precedence: {precedence}"
    if mail.header("List-Unsubscribe") and not mail.header("List-Id") and not mail.in_reply_to:
        return BULK, "List-Unsubscribe is set"
    if mail.header("List-Unsubscribe-Post"):
        return BULK, "one-click unsubscribe is offered"
    return BULK, ""


def answers_automatically(sorted_mail: Sorted, mail: Mail) -> bool:
    """Whether an automatic acknowledgement may be sent: only to a person, never to a robot's address or a list's."""
    suppressed = mail.header("X-Auto-Response-Suppress").lower()
    return sorted_mail.kind == PERSON and not ROBOTS.match(mail.sender) and not any(w in suppressed for w in ("all", "autoreply"))


def failures(mail: Mail) -> list[Failure]:
    """The recipients that a delivery report names as failed; empty when it names none that can be read."""
    found = [failure for file in mail.files if file.kind == "message/delivery-status" for failure in read_report(file.content, mail)]
    return found or guessed(mail)


def read_report(content: bytes, mail: Mail) -> list[Failure]:
    found = []
    for block in re.split(rb"\r?\n\r?\n", content):
        fields = message_from_bytes(block.strip() + b"\n\n", policy=policy.compat32)
        address = str(fields.get("Final-Recipient") or fields.get("Original-Recipient") or "").rpartition(";")[2].strip().lower()
        status = str(fields.get("Status", "")).strip()
        if address and str(fields.get("Action", "")).strip().lower() in {"failed", ""} and status[:1] in {"4", "5"}:
            found.append(Failure(in_words(address), status, status.startswith("5"), original_id(mail)))
    return found


def guessed(mail: Mail) -> list[Failure]:
    """A report in plain words: an address beside a status code such as 550 or 5.1.1."""
    found = re.search(r"(?P<status>\b[45]\.\d{1,3}\.\d{1,3}\b|\b[45]\d\d\b)", mail.text)
    address = ADDRESS.search(mail.text)
    if not found or not address:
        return []
    status = found["status"]
    return [Failure(in_words(address[0].strip(".:").lower()), status, status.startswith("5"), original_id(mail))]


def original_id(mail: Mail) -> str:
    """The Message-ID of the letter that came back, from the returned part or the headers."""
    for file in mail.files:
        if file.kind in {"message/rfc822", "text/rfc822-headers"}:
            found = re.search(rb"(?im)^message-id:\s*(<[^<>\s]+>)", file.content)
            if found:
                return found[1].decode("ascii", "replace")
    return (mail.in_reply_to or mail.references or ("",))[0]
