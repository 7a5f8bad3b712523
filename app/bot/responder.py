"""The bot in the chat's socket: reads the message, says its reply, and fetches a person with a brief when one is needed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from app.accounts.models import Team
from app.bot.danger import alarm, is_danger
from app.bot.house import house
from app.bot.replies import Reply, reply
from app.conversations.models import Conversation, Entry
from app.help.models import Asked
from app.lib.db import db
from app.lib.markdown import render_words
from app.tickets.models import Ticket

LOOK_BACK = 12
LONGEST = 300
WHY = {
    "crisis": "Crisis words: please look at once.",
    "asked": "Asked for a person.",
    "complaint": "Sounds like a complaint.",
    "dispute": "Is about a disputed charge.",
    "foreseen": "Editors want a person to answer this.",
    "flow": "Came to the end of a guided flow.",
    "unknown": "The bot had no answer twice.",
    "page": "The bot is silent on this page.",
}
PRIORITY = {"crisis": "urgent", "complaint": "high", "dispute": "high"}


class Bot:
    """Plugs into `chat.first_responder`."""

    @property
    def name(self) -> str:
        return house().name

    def ready(self) -> bool:
        return house().is_on

    def respond(self, conversation_id: int, entry_id: int) -> None:
        """Answer the newest words; a repeated call, or one for words that were followed by others, says nothing."""
        conversation = db.session.get_one(Conversation, conversation_id)
        read_seq = conversation.last_seq
        asked = db.session.get_one(Entry, entry_id)
        if conversation.owner != "bot" or newest(conversation, ("customer", "bot", "agent")) != entry_id:
            return
        silent = house().is_silent_on(str(conversation.opened_from.get("page", "")))
        if silent and not is_danger(asked.body):
            conversation.lock()
            if conversation.owner != "bot":
                return
            hand_over(conversation, Reply(words=house().handing_over, why="page"), asked)
            return
        said = reply(asked.body, earlier(conversation), conversation.person)
        if conversation.answer(said.words, read_seq=read_seq, data=said.as_json()) is None:
            return
        if said.weak:
            Asked.note("bot", asked.body, weak=True)
        if said.why:
            hand_over(conversation, said, asked)


def spoken(conversation: Conversation, voices: tuple[str, ...]) -> Select[Entry]:
    found = select(Entry).where(Entry.conversation_id == conversation.id, Entry.public, Entry.voice.in_(voices))
    return found.where(Entry.kind.in_(("message", "file")), Entry.deleted_at.is_(None)).order_by(Entry.seq.desc())


def newest(conversation: Conversation, voices: tuple[str, ...]) -> int | None:
    return db.session.scalar(spoken(conversation, voices).with_only_columns(Entry.id).limit(1))


def earlier(conversation: Conversation) -> list[dict[str, Any]]:
    """What was kept with the bot's messages, newest first."""
    return [entry.data for entry in db.session.scalars(spoken(conversation, ("bot",)).limit(LOOK_BACK)).unique()]


def hand_over(conversation: Conversation, said: Reply, asked: Entry) -> None:
    """Into the queue, with a note that says what was asked and why a person is needed."""
    words = brief(conversation, said, asked)
    conversation.append(kind="note", voice="bot", public=False, body=words, html=str(render_words(words)))
    team = db.session.scalar(select(Team).where(Team.slug == said.team)) if said.team else None
    if team is not None:
        conversation.move_to(team)
    if said.why in PRIORITY:
        conversation.prioritise(PRIORITY[said.why])
    if said.why == "crisis":
        alarm(conversation)
    if said.address and conversation.person is not None and not conversation.person.is_proven:
        # It was asked for so that we can answer there.
        conversation.claim_address(conversation.person, said.address)
    if said.call == "ticket":
        Ticket.make(conversation, way="chat", because="The bot opened it at the end of a guided flow.")
    conversation.release()


def brief(conversation: Conversation, said: Reply, asked: Entry) -> str:
    """Why a person is needed, what was asked, what was answered from where, and what was told in a flow."""
    lines = [f"**{WHY[said.why]}**", f"Asked: “{asked.body[:LONGEST]}”"]
    lines += [f"Answered before, from {data['source']}." for data in earlier(conversation) if data.get("source") and not data.get("weak")]
    lines += [f"{name.capitalize()}: {value}" for name, value in said.told.items()]
    return "\n\n".join(dict.fromkeys(lines))
