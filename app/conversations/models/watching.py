"""Who is told at once, inside the transaction, that a thread moved: the slices that put it on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

    from app.conversations.models.conversation import Conversation
    from app.conversations.models.entries import Entry
    from app.conversations.models.participants import Participant

EntryWatcher = Callable[["Conversation", "Entry"], None]
MarkWatcher = Callable[["Conversation", "Participant"], None]
Shown = Callable[["Conversation"], Iterable["Markup"]]

_entries: list[EntryWatcher] = []
_marks: list[MarkWatcher] = []
_shown: list[Shown] = []


def watch_entries(call: EntryWatcher) -> EntryWatcher:
    """`call(conversation, entry)` for every entry that gets a seq, in the same transaction: queue live frames there, write nothing.

    Frames leave after the commit. Everything that may happen later listens to the facts instead.
    """
    _entries.append(call)
    return call


def watch_marks(call: MarkWatcher) -> MarkWatcher:
    """`call(conversation, participant)` when somebody has read further than before."""
    _marks.append(call)
    return call


def show_inside(call: Shown) -> Shown:
    """`call(conversation)` gives, as partials, what agents see beside a thread and what moves: it has no number, so a frame of it
    that was lost is healed by whoever catches up."""
    _shown.append(call)
    return call


def shown_inside(conversation: Conversation) -> list[Markup]:
    return [one for call in _shown for one in call(conversation)]


def entry_appended(conversation: Conversation, entry: Entry) -> None:
    for call in _entries:
        call(conversation, entry)


def mark_moved(conversation: Conversation, participant: Participant) -> None:
    for call in _marks:
        call(conversation, participant)
