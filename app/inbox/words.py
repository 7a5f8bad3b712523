"""Words for what happened and how long ago, as the desk says them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask

from app.conversations.models import Entry
from app.lib import clock, tokens

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
    "autoreply": "An automatic reply came: “{words}”",
    "copy": "A copy of it was mailed",
    "delivered": "A copy went to {sink}",
    "mailed": "What was said meanwhile left as a letter",
    "call_asked": "asked to be called",
    "person_wanted": "asked for a person",
    "away": "Nobody was here; they were told until when to wait",
    "rule": "The rule “{rule}”, version {version}, acted: {words}",
    "rule_undone": "took back what the rule “{rule}” did",
    "rule_stopped": "The rule “{rule}” ran in circles and was switched off",
}
OWNERS = {"bot": "gave it to the bot", "queue": "put it into the queue", "none": "left it to nobody"}
SIGNS = {"chat": "message-circle", "email": "mail", "form": "file-text", "phone": "phone", "portal": "user"}


class Blanks(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def happening(entry: Entry) -> str:
    """An event in words that follow its author's name: "closed it". Unknown events show their own name."""
    if entry.what == "owner":
        name = entry.data.get("name")
        return (
            f"gave it to {name}"
            if entry.data.get("owner") == "agent" and name
            else OWNERS.get(str(entry.data.get("owner")), "changed its owner")
        )
    if entry.what == "woke" and entry.data.get("why") != "person":
        return {"time": "woke: its time has come", "reply": "woke: they wrote"}.get(str(entry.data.get("why")), "woke")
    if entry.what == "escalated" and entry.author_id is None:
        return f"It went up to level {entry.data.get('level')}: {entry.data.get('why')}"
    if entry.what == "parent" and not entry.data.get("parent"):
        return "took it out from under another"
    told = Blanks(entry.data)
    if entry.what == "autoreply":
        told["words"] = " ".join(str(entry.data.get("words", "")).split())[:200]
    return HAPPENED.get(entry.what or "", (entry.what or "").replace("_", " ")).format_map(told)


def ago(moment: datetime) -> str:
    """Short words for how long ago: now, 5 min, 3 h, 2 d, 12 Mar."""
    seconds = (clock.now() - moment).total_seconds()
    if seconds < 60:
        return "now"
    for unit, length in ((" min", 60), (" h", 3600), (" d", 86400)):
        limit = {" min": 3600, " h": 86400, " d": 7 * 86400}[unit]
        if seconds < limit:
            return f"{int(seconds // length)}{unit}"
    return f"{moment.day} {moment:%b}"


def ahead(moment: datetime) -> str:
    """Short words for a promise: in 5 min, in 3 h, 20 min late."""
    seconds = (moment - clock.now()).total_seconds()
    size = abs(seconds)
    words = f"{int(size // 60)} min" if size < 3600 else f"{int(size // 3600)} h" if size < 86400 * 2 else f"{int(size // 86400)} d"
    return f"{words} late" if seconds < 0 else f"in {words}"


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(happening=happening, new_client_id=lambda: tokens.secret().replace("_", "-"))
