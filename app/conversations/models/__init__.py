"""Rows of conversations, one trait a file."""

from app.conversations.models.assignment import Availability, Skill, fill, place, queue_position, queued, requeue_away, somebody_is_here_for
from app.conversations.models.attachments import Attachment
from app.conversations.models.blocks import Block, Blocked
from app.conversations.models.conversation import CHANNELS, PRIORITIES, STATES, AlreadyBegun, Conversation
from app.conversations.models.entries import CHANGE_WITHIN, LONGEST, Entry, TooLate, Unsayable
from app.conversations.models.links import led_on, linked_person, may_read, remember_link
from app.conversations.models.moves import DifferentPeople, Move, MovedEntry
from app.conversations.models.owners import OWNERS, Taken
from app.conversations.models.participants import Participant
from app.conversations.models.status import UNDO_WITHIN, Closure, Snooze
from app.conversations.models.streams import inside_stream, public_stream, tell_typing, writing
from app.conversations.models.tags import Tag, Tagging
from app.conversations.models.transcript import Transcript, known_as, public_name
from app.conversations.models.watching import show_inside, shown_inside, watch_entries, watch_marks
from app.conversations.models.words import Phrase, install, marked, matching, said_in

__all__ = [
    "CHANGE_WITHIN",
    "CHANNELS",
    "LONGEST",
    "OWNERS",
    "PRIORITIES",
    "STATES",
    "UNDO_WITHIN",
    "AlreadyBegun",
    "Attachment",
    "Availability",
    "Block",
    "Blocked",
    "Closure",
    "Conversation",
    "DifferentPeople",
    "Entry",
    "Move",
    "MovedEntry",
    "Participant",
    "Phrase",
    "Skill",
    "Snooze",
    "Tag",
    "Tagging",
    "Taken",
    "TooLate",
    "Transcript",
    "Unsayable",
    "fill",
    "inside_stream",
    "install",
    "known_as",
    "led_on",
    "linked_person",
    "marked",
    "matching",
    "may_read",
    "place",
    "public_name",
    "public_stream",
    "queue_position",
    "queued",
    "remember_link",
    "requeue_away",
    "said_in",
    "show_inside",
    "shown_inside",
    "somebody_is_here_for",
    "tell_typing",
    "watch_entries",
    "watch_marks",
    "writing",
]
