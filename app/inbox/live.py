"""What the desk puts on the wire: entries to open threads, and a sign to every list that something moved."""

from __future__ import annotations

from app.accounts.models import Person
from app.conversations.models import Conversation, Entry, Participant, watch_entries, watch_marks
from app.lib import live
from app.lib.page import part

LISTS = "desk"
CHANGES = {"edited", "deleted"}


def thread_stream(conversation_id: int) -> str:
    return f"desk:conversation:{conversation_id}"


def person_stream(person: Person) -> str:
    return f"desk:person:{person.id}"


@watch_entries
def entry_moved(conversation: Conversation, entry: Entry) -> None:
    """Every new number reaches the open thread as the same partial that the page draws; lists only hear that they are old."""
    stream = thread_stream(conversation.id)
    shown = entry.shown
    html = part("inbox/_entry.html", entry=shown, conversation=conversation)
    if entry.what in CHANGES:
        live.replace(stream, f"desk-{shown.dom_id}", html, seq=entry.seq)
    else:
        live.append(stream, f"entries-{conversation.id}", html, seq=entry.seq)
    whose = {"owner": conversation.owner, "assignee": conversation.assignee_id}
    live.tell_stream(LISTS, {"moved": conversation.id, "what": entry.what or entry.kind, "voice": entry.voice, **whose})


@watch_marks
def mark_moved(conversation: Conversation, participant: Participant) -> None:
    """The customer has seen more: say so under the thread."""
    if participant.role == "customer":
        live.tell_stream(thread_stream(conversation.id), {"seen": participant.last_read_seq})
