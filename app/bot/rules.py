"""Rules that stand before all guessing: the wish for a person, and what a program should not try to answer. Danger: see `wordings`."""

from __future__ import annotations

import re
from collections.abc import Iterable


def any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# Who may be wished for, but is also talked about: "May I talk with my manager first?" is no wish.
TEAM = (
    r"(?:(?:a|an|the|your|some|any)\s+)?"
    r"(?:manager|supervisor|boss|support|customer\s+(?:service|care|support)|(?:support\s+|sales\s+)?team|help\s?desk)"
)
WISH = r"\b(?:talk|speak|chat|connect\s+me|get\s+me|put\s+me\s+through|transfer\s+me|get\s+(?:through|in\s+touch))\b"
PERSON = any_of(
    WISH + r".{0,20}\b(?:person|human|agent|someone|somebody|anyone|anybody|people|staff|advisor|adviser|representative|operator)\b",
    WISH + r"\s+(?:to|with)\s+" + TEAM + r"\b",
    r"\b(?:call|get|fetch|need|want)\s+(?:me\s+)?(?:a|an|your|the)\s+(?:manager|supervisor)\b",
    r"\b(?:help|answer|reply|hear|word)\w*\s+(?:from|by)\s+(?:a|an|some)?\s*(?:real\s+)?(?:person|human|human\s+being|agent|someone|somebody)\b",
    # Nothing but that.
    r"^\W*(?:hello|hi|hey)?\W*(?:can|could|may)\s+(?:i|we)\s+(?:please\s+)?(?:talk|speak)(?:\s+(?:now|please))?\W*$",
    r"^\W*(?:(?:hello|hi|hey|please|i\s+(?:want|need))\W+)*(?:customer\s+(?:service|care|support)|support|manager|supervisor)\W*(?:please)?\W*$",
    r"^\W*(?:(?:hello|hi|hey)\W+)?(?:is\s+)?(?:any|some)\s?(?:one|body)\s+(?:there|here)\W*$",
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


WISHED_BY_NAME = r"\b(?:talk|speak|chat|connect\s+me|put\s+me\s+through|transfer\s+me)\s+(?:to|with)\s+(?:{})\b"
RULES = {"asked": PERSON, "dispute": DISPUTE, "complaint": COMPLAINT}


def why_a_person(words: str, names: Iterable[str] = ()) -> str:
    """Why a person should answer this: `asked`, `complaint`, `dispute`, or "" when the bot may try. `names` are those of our agents."""
    plain = words.replace("’", "'")
    known = "|".join(re.escape(name) for name in names if name)
    if known and re.search(WISHED_BY_NAME.format(known), plain, re.IGNORECASE):
        return "asked"
    return next((reason for reason, rule in RULES.items() if rule.search(plain)), "")
