"""Rules that stand before all guessing: the wish for a person, and what a program should not try to answer. Danger: see `wordings`."""

from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


PERSON = any_of(
    r"\b(?:talk|speak|chat|connect\s+me|get\s+me|put\s+me\s+through|transfer\s+me)\b.{0,20}\b(?:person|human|agent|someone|somebody|people|staff|advisor|adviser|representative|operator)\b",
    r"\b(?:real|live|actual)\s+(?:person|human|agent)\b",
    r"\bgive\s+me\s+(?:a|an)\s+(?:person|human|agent)\b",
    r"\bput\s+me\s+through\s+to\b",
    r"^\W*(?:a\s+|an\s+)?(?:human|person|agent|operator|representative|staff)\W*(?:please)?\W*$",
    r"(?:\bnot|n't)\s+(?:want\s+(?:to\s+)?)?(?:(?:talk|speak|chat)\w*\s+(?:to|with)\s+)?an?\s+(?:bot|robot|machine|program)\b",
)
COMPLAINT = any_of(
    r"\b(?:scam|rip[\s-]?off|fraud(?:ulent)?|sue\s+you|legal\s+action|better\s+business\s+bureau)\b",
    # Lawyers are customers too: only one who is to be brought in is a complaint.
    r"\b(?:hear|hearing)\s+from\s+(?:my|our|an?)\s+(?:lawyer|attorney)\b",
    r"\b(?:call|calling|contact|get|getting|see|tell|told|hire|hiring)\s+(?:my|our|an?)\s+(?:lawyer|attorney)\b",
    r"\b(?:my|our)\s+(?:lawyer|attorney)\s+(?:will|is|has|says|said)\b",
    r"\b(?:terrible|horrible|awful|disgusting|unacceptable|outrageous|ridiculous|useless)\b",
    r"\b(?:complain(?:t|ing)?|furious|angry|fed\s+up|disappointed)\b",
    r"\b(?:wtf|bullshit|fuck\w*|shit\w*)\b",
)
DISPUTE = any_of(
    r"\bcharge\s?back\b",
    r"\bdisput(?:e|ed|ing)\b.{0,30}\b(?:charge|payment|invoice|bill)",
    r"\b(?:charged|billed)\s+(?:me\s+)?(?:twice|double|too\s+much|without|wrong)",
    r"\b(?:unauthori[sz]ed|unknown|wrong)\s+(?:charge|payment)",
    r"\bnever\s+(?:bought|ordered|agreed|authori[sz]ed)",
)


RULES = {"asked": PERSON, "dispute": DISPUTE, "complaint": COMPLAINT}


def why_a_person(words: str) -> str:
    """Why a person should answer this: `asked`, `complaint`, `dispute`, or "" when the bot may try."""
    plain = words.replace("’", "'")
    return next((reason for reason, rule in RULES.items() if rule.search(plain)), "")
