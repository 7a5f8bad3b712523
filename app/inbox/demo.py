"""The desk's part of the demo firm: replies and macros that its agents would have written."""

from __future__ import annotations

from app.inbox.models import Canned, Macro
from app.lib.db import add

REPLIES = (
    (
        "hello",
        "Hello",
        'Hello {{ customer.first_name|default("there") }}, this is {{ agent.first_name }} from {{ firm.name }}. How can I help?',
    ),
    (
        "invoice",
        "Where invoices are",
        "You find every invoice under Account → Orders, ready to print. Shall I send this one to you as well?",
    ),
    (
        "split-pay",
        "How split pay works",
        "You choose the parts at checkout; the dates and amounts are printed before you agree, and there is no surcharge.",
    ),
    ("call", "Offer a call", "Would 15 minutes on the phone be easier? You can pick a time that suits you on our booking page."),
    ("bye", "Goodbye", 'Thank you for writing, {{ customer.first_name|default("and all the best") }}. This thread stays open for you.'),
)


def fill() -> None:
    """Write the demo's canned replies and macros."""
    for slug, title, words in REPLIES:
        add(Canned(slug=slug, title=title, words=words))
    thanks = "Thank you! I am closing this now; just write again and it opens where we left off."
    add(Macro(title="Thank and close", words=thanks, actions=[{"do": "close", "with": ""}]))
    add(Macro(title="File under billing", words="", actions=[{"do": "tag", "with": "billing"}, {"do": "priority", "with": "high"}]))
