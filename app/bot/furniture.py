"""Plugs the bot into the chat, and its parts into the desk."""

from __future__ import annotations

from app.bot import flows, house, intents, meanings, minds, rehearsal, wordings
from app.bot.intents import intents as known
from app.bot.models import guesses_in
from app.bot.responder import Bot
from app.chat import first_responder
from app.lib.access import only_for
from app.lib.outbox import errand, later
from app.lib.slots import fill

CHECKS = (house.problems, intents.problems, flows.problems, wordings.problems, rehearsal.problems)

first_responder.register(Bot())


@errand("bot.learn")
def learn() -> None:
    """Learn what editors changed before somebody asks: the first to ask need not wait for it."""
    minds.brain()
    wordings.learned()
    compare()


@errand("bot.compare")
def compare() -> None:
    """Give passages their vectors, as long as some have none."""
    if meanings.keep_up():
        later("bot.compare", key="bot.compare")


def title_of(label: str) -> str:
    one = known().get(label)
    return one.title if one else label


fill("desk.person", "bot/desk/_verdicts.html", only_for("agent", guesses_in=guesses_in, title_of=title_of), order=160)
fill("desk.nav", "bot/desk/_link.html", only_for("editor"), order=61)
