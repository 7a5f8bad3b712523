"""Does somebody write of danger? Grammar, not a list of sentences: who (I, my client, he), wants or does what, to whom.

Three answers. `crisis`: somebody may be in danger now. `mention`: such words in talk about work ("suicide prevention training") or one weak
sign alone; no alarm, but the numbers are said beside the answer. "": neither. In doubt it is a crisis: a false alarm costs a minute.
"""

from __future__ import annotations

from app.bot.crisis.grammar import STRONG
from app.bot.crisis.signs import AT_WORK, BUSINESS, CRITICAL, IDIOMS, MENTIONED, NOW, SIGNS, TWICE, URGENT
from app.bot.crisis.spelling import plain

__all__ = ["is_work", "plain", "weigh"]


def weigh(words: str) -> str:
    """`crisis`, `mention` or "" for what somebody wrote, however it is spelled."""
    said = plain(words)
    left = IDIOMS.sub(" ; ", said)
    if any(pattern.search(left) for pattern in STRONG) or spoken_of(left):
        return "crisis"
    signs = sum(min(len(set(pattern.findall(left))), TWICE.get(kind, 1)) for kind, pattern in SIGNS.items())
    if signs + bool(signs and URGENT.search(left)) > 1 + 2 * bool(BUSINESS.search(left)):
        return "crisis"
    return "mention" if signs > 1 or MENTIONED.search(said) else ""


def spoken_of(said: str) -> bool:
    """Whether suicide or self-harm is named otherwise than in talk about work."""
    return bool(CRITICAL.search(said)) and not is_work(said)


def is_work(said: str) -> bool:
    return bool(AT_WORK.search(said)) and not NOW.search(said)
