"""What somebody wrote, brought into the form that the rules are written in."""

from __future__ import annotations

import re

from app.lib.search.spelling import distance
from app.lib.search.words import fold

# Words that are put right when they are a slip or two away and begin alike; words that are their neighbours in English are not in it.
SPELLED = [
    "suicide",
    "suicidal",
    "myself",
    "himself",
    "herself",
    "themselves",
    "overdose",
    "overdosed",
    "breathing",
    "unconscious",
    "ambulance",
    "unresponsive",
    "strangled",
    "bleeding",
    "choking",
    "stabbed",
    "seizure",
    "hopeless",
    "anymore",
    "worthless",
    "threatening",
    "pills",
]
# Words of their own that stand as near, or that look alike.
OWN = frozenset(
    [
        "breeding",
        "breading",
        "blending",
        "bending",
        "beating",
        "bleating",
        "breaching",
        "bleaching",
        "broaching",
        "birthing",
        "bathing",
        "breaking",
        "building",
        "homeless",
        "helpless",
        "pulls",
        "polls",
        "piles",
        "pipes",
        "pins",
        "wordless",
        "struggled",
        "straggled",
        "ambiance",
        "ambulant",
        "cooking",
        "checking",
        "choosing",
        "stated",
        "stubbed",
        "threading",
        "overdone",
        "overdoes",
        "overdue",
        "conscious",
    ]
)
TWO_SLIPS = frozenset(["suicidal", "themselves", "overdosed", "breathing", "unconscious", "ambulance", "unresponsive"])
SHORTHAND = {
    "kms": "kill myself",
    "unalive": "kill",
    "unaliving": "killing",
    "sewerslide": "suicide",
    "sui": "suicide",
    "sh": "self harm",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "have to",
    "tryna": "trying to",
    "im": "i am",
    "ive": "i have",
    "id": "i would",
    "ill": "i will",
    "hes": "he is",
    "shes": "she is",
    "theyre": "they are",
    "hell": "he will",
    "everyones": "everyone is",
    "everyoned": "everyone would",
    "whats": "what is",
    "lifes": "life is",
    "cannot": "cant",
    "u": "you",
    "ur": "your",
    "goin": "going",
    "dei": "die",
    "wnat": "want",
    "waht": "what",
    "mysef": "myself",
}
TWO = re.compile(r"\b(wants?|needs?|going|ready|trying|about|have) 2 ")
APART = re.compile(r"\b(my|him|her|them|our) (self|selves)\b")


def plain(words: str) -> str:
    """Lower case, no accents or marks, letters that were drawn out put back, shorthand written out, slips put right."""
    folded = fold(words[:4000].lower().replace("'", "").replace("’", "").replace("‘", ""))
    drawn = re.sub(r"(.)\1{2,}", r"\1\1", folded)
    whole = re.sub(r"[^a-z0-9]+", " ", drawn).strip()
    whole = TWO.sub(r"\1 to ", whole)
    return APART.sub(r"\1\2", " ".join(SHORTHAND.get(word, put_right(word)) for word in whole.split()))


def put_right(word: str) -> str:
    """A danger word for a slip of it: same first letter, one edit, or two in a long word."""
    if word.startswith("kil") and word in {"kil", "kiil", "kll", "killl"}:
        return "kill"
    if len(word) < 5 or word in OWN or word in SPELLED:
        return word
    near = (known for known in SPELLED if known[0] == word[0] and abs(len(known) - len(word)) < 3)
    return next((known for known in near if distance(word, known, slips(known)) <= slips(known)), word)


def slips(word: str) -> int:
    return 2 if word in TWO_SLIPS else 1
