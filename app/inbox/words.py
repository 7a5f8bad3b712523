"""Words for what happened and how long ago, as the desk says them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask

from app.conversations.models import Entry
from app.lib import dates, tokens

HAPPENED = {
    "opened": "opened this conversation",
    "closed": "closed it",
    "reopened": "reopened it",
    "snoozed": "put it aside",
    "woke": "took it up again",
    "owner": "changed who looks after it",
    "transferred": "handed it on",
    "renamed": "called it “{subject}”",
    "tagged": "tagged it {tag}",
    "untagged": "took the tag {tag} off",
    "priority": "made it {priority}",
    "team": "gave it to {team}",
    "address": "left an e-mail address",
    "merged": "merged it into {into}",
    "split": "moved messages to {into}",
    "moved": "moved messages here from {other}",
    "unmoved": "moved messages back",
    "blocked": "blocked this sender",
    "unblocked": "wants to hear this sender again",
    "danger": "Words of danger: please look at once",
    "fields": "noted {words}",
    "ticket": "It became a ticket",
    "parent": "put it under {parent}",
    "escalated": "took it up to level {level}: {why}",
    "quarantined": "A letter from {sender} waits under Mail: {why}",
    "bounced": "A letter to {to} came back ({status})",
    "refused": "A letter to {to} was not delivered: {why}",
    "autoreply": "An automatic reply came: “{words}”",
    "copy": "A copy of it was mailed",
    "delivered": "A copy went to {sink}",
    "mailed": "What was said meanwhile left as a letter",
    "call_asked": "asked to be called",
    "call_off": "The call they had called off cannot be kept any more: its time was taken",
    "person_wanted": "asked for a person",
    "away": "Nobody was here; they were told until when to wait",
    "rule": "The rule “{rule}”, version {version}, acted: {words}",
    "rule_undone": "took back what the rule “{rule}” did",
    "rule_stopped": "The rule “{rule}” ran in circles and was switched off",
}
OWNERS = {"agent": "gave it to {name}", "bot": "gave it to the bot", "queue": "put it into the queue", "none": "left it to nobody"}
WOKE = {"time": "woke it: its time has come", "reply": "woke it: they wrote"}
# The same where nobody's name stands before it: what the bot, a rule or the clock did.
ALONE = HAPPENED | {
    "closed": "It was closed",
    "reopened": "It was reopened",
    "snoozed": "It was put aside",
    "woke": "It came back",
    "owner": "It changed hands",
    "transferred": "It was handed on",
    "renamed": "It is now called “{subject}”",
    "tagged": "It got the tag {tag}",
    "untagged": "It lost the tag {tag}",
    "priority": "It became {priority}",
    "team": "It went to {team}",
    "merged": "It was merged into {into}",
    "split": "Messages went to {into}",
    "moved": "Messages came from {other}",
    "unmoved": "Messages went back",
    "parent": "It was put under {parent}",
    "escalated": "It went up to level {level}: {why}",
    "fields": "Noted: {words}",
}
ALONE_OWNERS = {
    "agent": "It went to {name}",
    "bot": "It went to the bot",
    "queue": "It went into the queue",
    "none": "It was left to nobody",
}
ALONE_WOKE = {"time": "It came back: its time has come", "reply": "It came back: they wrote"}
SIGNS = {"chat": "message-circle", "email": "mail", "form": "file-text", "phone": "phone", "portal": "user"}


class Blanks(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def happening(entry: Entry) -> str:
    """An event in words that follow its author's name ("closed it"), or stand alone without one. Unknown events show their own name."""
    told, alone = Blanks(entry.data), entry.author_id is None
    what = entry.what or ""
    words = (ALONE if alone else HAPPENED).get(what)
    if what == "owner" and (told.get("owner") != "agent" or told.get("name")):
        itself = not alone and told.get("owner") == "agent" and told.get("assignee_id") == entry.author_id
        words = "took it" if itself else (ALONE_OWNERS if alone else OWNERS).get(str(told.get("owner")), words)
    elif what == "woke":
        words = (ALONE_WOKE if alone else WOKE).get(str(told.get("why")), words)
    elif what == "parent" and not told.get("parent"):
        words = "It is under no other any more" if alone else "took it out from under another"
    elif what == "autoreply":
        told["words"] = " ".join(str(entry.data.get("words", "")).split())[:200]
    return (words or what.replace("_", " ")).format_map(told)


def ago(moment: datetime, now: datetime) -> str:
    """Short words for how long ago: now, 5 min, 3 h, 2 d, 12 Mar."""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "now"
    for unit, length in ((" min", 60), (" h", 3600), (" d", 86400)):
        limit = {" min": 3600, " h": 86400, " d": 7 * 86400}[unit]
        if seconds < limit:
            return f"{int(seconds // length)}{unit}"
    return dates.day(moment, "short")


def ahead(moment: datetime, now: datetime) -> str:
    """Short words for a promise: in 5 min, in 3 h, 20 min late."""
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    words = f"{int(size // 60)} min" if size < 3600 else f"{int(size // 3600)} h" if size < 86400 * 2 else f"{int(size // 86400)} d"
    return f"{words} late" if seconds < 0 else f"in {words}"


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(happening=happening, new_client_id=lambda: tokens.secret().replace("_", "-"))
