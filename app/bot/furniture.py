"""Plugs the bot into the chat."""

from __future__ import annotations

from app.bot import flows, house, intents, wordings
from app.bot.responder import Bot
from app.chat import first_responder

CHECKS = (house.problems, intents.problems, flows.problems, wordings.problems)

first_responder.register(Bot())
