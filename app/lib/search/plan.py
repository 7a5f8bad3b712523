"""From what somebody typed to groups of stems, one group for each thing that was meant."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.search import spelling
from app.lib.search.segment import Segment
from app.lib.search.stem import stem
from app.lib.search.synonyms import Phrase, Synonyms
from app.lib.search.view import Near, View
from app.lib.search.words import STOP, meaningful, words

MOST_WORDS = 16
LONGEST_WORD = 40
FREQUENT = 15
NEIGHBOUR = 0.8
CANDIDATES = 4
LESS = 0.93
SYNONYM = 0.85


@dataclass(frozen=True)
class Variant:
    """One way to say it: stems that must all be there, and what a match is worth (1 for the typed word)."""

    stems: tuple[str, ...]
    worth: float = 1.0


@dataclass(frozen=True)
class Group:
    """One typed word (or phrase) with everything that counts as meeting it."""

    typed: str
    variants: tuple[Variant, ...]
    rarity: float
    replaced_by: str = ""


@dataclass(frozen=True)
class Plan:
    """`groups` in the order typed; `shown` is the corrected query when words were replaced, else ''."""

    groups: tuple[Group, ...]
    shown: str = ""

    def wanted(self, segment: Segment) -> list[tuple[float, dict[int, float]]]:
        """For each group its rarity, and what each of its terms in this segment is worth."""
        terms = segment.terms
        return [
            (group.rarity, {terms[term]: variant.worth for variant in reversed(group.variants) for term in variant.stems if term in terms})
            for group in self.groups
        ]


def plan(view: View, query: str, synonyms: Synonyms, correct: bool = True) -> Plan:
    """Read a query against a view of the index. `correct=False` takes every word as typed."""
    typed = [word[:LONGEST_WORD] for word in words(query)]
    asked = list(dict.fromkeys(meaningful(typed)))[:MOST_WORDS]
    if correct:
        asked = [word for word in asked if not slipped(view, word)] or asked
    phrases = found_phrases(asked, synonyms)
    groups = [group_of(view, phrase, synonyms, correct) for phrase in phrases]
    replaced = {group.typed: group.replaced_by for group in groups if group.replaced_by}
    shown = " ".join(replaced.get(word, word) for word in typed) if replaced else ""
    return Plan(tuple(groups), shown)


def slipped(view: View, word: str) -> bool:
    """Whether this is most likely a stop word with a slip in it (`teh`, `hwo`): unknown, short, one edit from a stop word."""
    if not 2 < len(word) < 6 or view.knows(word):
        return False
    return any(spelling.distance(word, stop, 1) == 1 for stop in STOP if len(stop) > 2) and not any(near.titled for near in view.near(word))


def found_phrases(asked: list[str], synonyms: Synonyms) -> list[Phrase]:
    """The words, with those that make up a phrase of the synonyms taken together; longest phrase first."""
    phrases: list[Phrase] = []
    at = 0
    while at < len(asked):
        sizes = range(min(synonyms.longest, len(asked) - at), 1, -1)
        size = next((size for size in sizes if tuple(asked[at : at + size]) in synonyms.groups), 1)
        phrases.append(tuple(asked[at : at + size]))
        at += size
    return phrases


def group_of(view: View, phrase: Phrase, synonyms: Synonyms, correct: bool) -> Group:
    typed, replaced_by = " ".join(phrase), ""
    variants = [Variant(tuple(map(stem, phrase)))]
    if correct and len(phrase) == 1 and phrase[0] not in synonyms.protected:
        variants, replaced_by = corrected(view, phrase[0], synonyms)
        phrase = (replaced_by,) if replaced_by else phrase
    variants += [Variant(tuple(map(stem, other)), SYNONYM) for other in synonyms.groups.get(phrase, ())]
    frequency = max(min(map(view.frequency, variant.stems)) for variant in variants)
    return Group(typed, tuple(variants), view.rarity(frequency), replaced_by)


def corrected(view: View, word: str, synonyms: Synonyms) -> tuple[list[Variant], str]:
    """The variants of a word, and the word that replaces it when nobody here ever wrote it."""
    own = stem(word)
    known = view.frequency(own)
    near = view.near(word, furthest=1, least=FREQUENT * known) if known else view.near(word)
    if not known and (meant := listed(word, synonyms)):
        return [Variant((stem(meant),))], meant
    if not known and near:
        return variants_of(near[:CANDIDATES], 1.0), near[0].word
    frequent = [one for one in near if stem(one.word) != own]
    return [Variant((own,)), *variants_of(frequent[:2], NEIGHBOUR)], ""


def variants_of(near: list[Near], worth: float) -> list[Variant]:
    """One variant for each stem, each worth a little less than the one before."""
    stems = dict.fromkeys(stem(one.word) for one in near)
    return [Variant((term,), worth * LESS**place) for place, term in enumerate(stems)]


def listed(word: str, synonyms: Synonyms) -> str:
    """The word of the editors' synonyms that is one slip away from this unknown word, if there is one."""
    if spelling.reach(word) < 1:
        return ""
    singles = (phrase[0] for phrase in synonyms.groups if len(phrase) == 1 and phrase[0][:1] == word[:1])
    return next((other for other in singles if spelling.distance(word, other, 1) == 1), "")
