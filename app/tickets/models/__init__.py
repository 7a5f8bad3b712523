"""Rows of tickets, one trait a file."""

from app.tickets.models.clocks import SlaClock, SlaMark, recompute, recompute_all
from app.tickets.models.drift import mend
from app.tickets.models.escalation import Escalation
from app.tickets.models.keys import ApiKey
from app.tickets.models.promises import Expectation, expected
from app.tickets.models.ratings import Rating, TooLateToRate
from app.tickets.models.ticket import KINDS, Call, Effort, Ticket, TicketLink
from app.tickets.rules.rows import Rule, RuleRun, RuleVersion

__all__ = [
    "KINDS",
    "ApiKey",
    "Call",
    "Effort",
    "Escalation",
    "Expectation",
    "Rating",
    "Rule",
    "RuleRun",
    "RuleVersion",
    "SlaClock",
    "SlaMark",
    "Ticket",
    "TicketLink",
    "TooLateToRate",
    "expected",
    "mend",
    "recompute",
    "recompute_all",
]
