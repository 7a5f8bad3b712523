"""What is blotted out of people's questions before they are kept: addresses, numbers, dates, and names where they stand as such."""

from __future__ import annotations

import re
from collections.abc import Iterable

BLOT = "…"
# A word with a capital letter, and up to three: "Sarah", "Jonas von Keller".
CAPITAL = r"[A-Z][\w'’-]+"
NAME = rf"{CAPITAL}(?:\s+(?:(?:von|van|de|da|la|der|den)\s+)*{CAPITAL}){{0,2}}"
KIN = (
    "husband|wife|partner|son|daughter|child|mother|mom|mum|father|dad|sister|brother|friend|colleague|boss|manager|assistant|"
    "therapist|doctor|physician|psychiatrist|lawyer|attorney|client|patient"
)
STREETS = r"street|str\.?|st\.?|road|rd\.?|avenue|ave\.?|boulevard|blvd\.?|lane|ln\.?|court|terrace|square"
MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember)?\.?"

PRIVATE = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|\+?\d[\d\s()./-]{6,}\d")
DATES = re.compile(
    rf"\b(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|\d{{4}}-\d{{1,2}}-\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTHS}(?:,?\s+\d{{4}})?|{MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?)(?!\w)",
    re.I,
)
PLACES = re.compile(rf"\b\d{{1,5}}[a-z]?\s+(?:[\w'’.-]+\s+){{1,2}}?(?:{STREETS})(?!\w)|\b{CAPITAL}\s+(?i:{STREETS})\s+\d{{1,5}}\b", re.I)
# What stands before a name stays: it is part of the question.
AFTER = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(\b(?i:my\s+name\s+is|my\s+name['’]s|name\s*:|call\s+me))\s+(?:{NAME}|[a-z]{{2,}}(?:\s+{CAPITAL})*)",
        rf"(\b(?i:i\s+am|i['’]?m|this\s+is))\s+{NAME}",
        rf"(\b(?i:dr|mr|mrs|ms|miss|prof|professor|doctor)\b\.?)\s+{NAME}",
        r"(\b(?i:dr|mr|mrs|ms|prof)\.)\s+[a-z]{2,}",
        rf"(\b(?i:{KIN})(?i:\s+is|\s+named|\s+called)?,?)\s+{NAME}",
    )
)


def blotted(words: str, names: Iterable[str] = ()) -> str:
    """The words without what tells who somebody is, as far as grammar shows it; `names` are those of people who take part."""
    found = " ".join(words.split())
    for pattern in (PRIVATE, DATES, PLACES):
        found = pattern.sub(BLOT, found)
    for pattern in AFTER:
        found = pattern.sub(rf"\1 {BLOT}", found)
    known = sorted({part for name in names for part in (name, *name.split()) if len(part) > 2}, key=len, reverse=True)
    return re.sub(rf"\b(?:{'|'.join(map(re.escape, known))})\b", BLOT, found) if known else found
