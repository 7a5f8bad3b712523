"""Urgency from plain questions: nobody picks a priority, everybody can say what is the matter."""

from __future__ import annotations

EFFECTS = (
    ("blocked", "I cannot go on at all"),
    ("slowed", "It works, but badly or by a detour"),
    ("none", "Nothing is held up"),
)
SPANS = (
    ("hours", "Within hours: a session, a payment or a deadline depends on it"),
    ("today", "Today"),
    ("week", "In the next days"),
    ("open", "Whenever it suits you"),
)
LEVELS = ("low", "normal", "high", "urgent")
WEIGHTS = {"blocked": 2, "slowed": 1, "none": 0, "hours": 2, "today": 1, "week": 0, "open": -1}


def priority(base: str, effect: str = "", span: str = "") -> str:
    """The priority that the two answers give; `base`, the kind's own, when none was given. Both at their worst: urgent."""
    if not effect and not span:
        return base
    weight = WEIGHTS.get(effect, 0) + WEIGHTS.get(span, 0)
    return "urgent" if weight >= 4 else "high" if weight >= 2 else "normal" if weight >= 0 else "low"


def reason(effect: str, span: str) -> str:
    """The answers in the customer's words, for “Why here”."""
    said = [words for value, words in (*EFFECTS, *SPANS) if value in {effect, span}]
    return "; ".join(said)
