"""The socket for who answers first. Without one every chat waits in the queue for a person.

A bot registers itself here; it is called after each of a visitor's messages while the conversation's owner is `bot`.
"""

from __future__ import annotations

from typing import Protocol


class FirstResponder(Protocol):
    """Answers visitors until a person does."""

    @property
    def name(self) -> str:
        """What visitors see above its words; it should not sound like a person."""

    def ready(self, page: str = "") -> bool:
        """Whether it can answer now, and chats that begin on this page of the site; asked then and when the widget says who answers."""

    def respond(self, conversation_id: int, entry_id: int) -> None:
        """The visitor has said entry `entry_id`: answer with `conversation.answer(words, read_seq=…)`, or hand over with `release()`.

        Runs in an errand, at least once per message. Any exception hands the conversation to the queue at once.
        """


_responders: list[FirstResponder] = []


def register(responder: FirstResponder) -> None:
    """Let `responder` answer first; the last one to register does."""
    _responders[:] = [responder]


def current(page: str = "") -> FirstResponder | None:
    """The responder that can answer now what begins on this page, or None."""
    return next((one for one in _responders if one.ready(page)), None)


def forget() -> None:
    """Back to people only; for tests."""
    _responders.clear()
