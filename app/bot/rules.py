"""Rules that stand before all guessing: danger, the wish for a person, and what a program should not try to answer."""

from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


I_AM = r"(?:i\s*(?:am|'m|m)|im|feel(?:ing)?)"
CRISIS = any_of(
    r"\bsuicid(?:e|al)\b",
    r"\b(?:kill|hurt|harm|cut)(?:ing)?\s+(?:my|him|her|them)sel(?:f|ves)\b",
    r"\bself[\s-]?harm",
    r"\bend(?:ing)?\s+(?:my|it)\s*(?:own\s+)?(?:life|all)\b",
    r"\btake\s+my\s+(?:own\s+)?life\b",
    r"\b(?:(?:want|wants|wish|going|ready)\s+to|wanna)\s+die\b",
    r"\bwish\s+i\s+(?:was|were|had\s+never\s+been)\s+(?:dead|born)\b",
    r"\btook\s+too\s+many\s+(?:pills|tablets)\b",
    r"\b(?:not|isn't|stopped)\s+breathing\b",
    r"\bdo(?:n't| not|nt)\s+want\s+to\s+(?:live|be alive|be here)(?:\s+any\s?more)?\b(?!\s+(?:in|with|near))",
    r"\bno\s+(?:reason|point)\s+(?:to|in)\s+liv(?:e|ing)\b",
    r"\bbetter\s+off\s+(?:dead|without\s+me)\b",
    r"\boverdos(?:e|ed|ing)\b",
    r"\b(?:chest\s+pain|can(?:no|')?t\s+breathe|heart\s+attack|having\s+a\s+stroke|bleeding\s+(?:out|badly|heavily))\b",
    r"\b(?:call|need|send)\s+(?:an?\s+)?ambulance\b",
    r"\b(?:is|someone|somebody|he|she)\s+(?:is\s+)?(?:attacking|threatening\s+to\s+kill|beating)\s+me\b",
    r"\b(?:kill|shoot|stab)\s+(?:my\s+\w+|someone|somebody|people|him|her|them)\b",
    r"\bthis\s+is\s+an\s+emergency\b",
    rf"\b{I_AM}\s+(?:in\s+)?(?:danger|unsafe\s+at\s+home)\b",
)
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


def why_a_person(words: str) -> str:
    """Why a person should answer this: `crisis`, `asked`, `complaint`, `dispute`, or "" when the bot may try."""
    rules = {"crisis": CRISIS, "asked": PERSON, "dispute": DISPUTE, "complaint": COMPLAINT}
    plain = words.replace("’", "'")
    return next((reason for reason, rule in rules.items() if rule.search(plain)), "")
