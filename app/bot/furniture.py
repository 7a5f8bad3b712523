"""Plugs the bot into the chat."""

from __future__ import annotations

from app.bot import flows, house, intents
from app.bot.responder import Bot
from app.chat import first_responder

CHECKS = (house.problems, intents.problems, flows.problems)

first_responder.register(Bot())
