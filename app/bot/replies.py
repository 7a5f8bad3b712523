"""What the bot decides to do with a message: say something, with quick replies, and perhaps hand over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from app.accounts.models import Person
from app.bot import flows, llm, meanings, minds
from app.bot.calibration import limit
from app.bot.flows import Place, filled
from app.bot.house import PERSON, house
from app.bot.intents import Intent, intents
from app.bot.minds import Mind
from app.bot.rules import why_a_person
from app.bot.wordings import weigh
from app.help import library
from app.lib import search
from app.lib.intents import Guess
from app.lib.search.words import stems

QUOTE = 420
CHIPS = 3
# A hit that covers less of the question than this is no answer, however well it scores.
COVERED = 0.5
# A title names what was asked when it has this share of the words that count, of three at least.
NAMED, NAMED_FROM = 0.75, 3


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Words with quick replies. `why` says why a person comes ("" when none does); `weak` counts towards that."""

    words: str
    chips: tuple[str, ...] = ()
    weak: bool = False
    why: str = ""
    call: str = ""
    place: Place | None = None
    source: str = ""
    team: str = ""
    told: dict[str, str] = field(default_factory=dict)
    address: str = ""
    guess: Guess | None = None

    def as_json(self) -> dict[str, Any]:
        """What is kept with the message."""
        chips = [] if self.why else [*self.chips, PERSON]
        guess = {"guess": {"label": self.guess.label, "confidence": round(self.guess.confidence, 4)}} if self.guess else {}
        return {"chips": chips, "weak": self.weak, "source": self.source, **guess, **(self.place.as_json() if self.place else {})}


def reply(words: str, said: Sequence[dict[str, Any]], person: Person | None, sure: Callable[[Mind], float] = limit) -> Reply:
    """The answer to `words`. `said` is what was kept with the bot's earlier messages, newest first; `sure` gives the confidence needed."""
    weight = "" if is_offered(words, said) else weigh(words)
    if weight == "crisis":
        return Reply(words=house().crisis, why="crisis")
    if why := why_a_person(words):
        return Reply(words=house().handing_over, why=why)
    found = answered(words, said, person, sure)
    # Such words in talk about work ring nobody, but whoever reads may be somebody else's last resort.
    return replace(found, words=f"{found.words}\n\n{house().gentle}") if weight == "mention" else found


def is_offered(words: str, said: Sequence[dict[str, Any]]) -> bool:
    """Whether the words are one of our own quick replies: they say nothing of how somebody is."""
    return bool(said) and words.strip() in said[0].get("chips", ())


def answered(words: str, said: Sequence[dict[str, Any]], person: Person | None, sure: Callable[[Mind], float]) -> Reply:
    place = Place.of(said[0]) if said else None
    return (
        (in_flow(place, words) if place else None)
        or titled(words, person)
        or foreseen(words, sure)
        or worded(words, person)
        or meant(words, person)
        or quoted(words, person)
        or unsure(words, said)
    )


def in_flow(place: Place, words: str) -> Reply | None:
    onward, complaint = flows.onward(place, words)
    if onward is not None:
        return at(onward)
    return Reply(words=complaint, place=place, source=f"flow:{place.flow}") if complaint else None


def at(place: Place) -> Reply:
    """What a step of a flow says and does."""
    flow = flows.flows()[place.flow]
    step = flow.steps[place.step]
    why = "flow" if step.call in {"person", "ticket"} else ""
    found = library.article(step.article) if step.article else None
    lines = (filled(step.say, place.told), link_of(step.call), f"[{found.title}]({found.url})" if found and found.is_public else "")
    return Reply(
        words="\n\n".join(line for line in lines if line) or house().handing_over,
        chips=tuple(label for label, _ in step.choices),
        place=place if step.exits else None,
        why=why,
        call=step.call,
        source=f"flow:{place.flow}",
        told=place.told,
        address=flow.address(place.told),
    )


def link_of(call: str) -> str:
    return {"book": "[Choose a time](/book)", "orders": "[Your orders](/account/orders)"}.get(call, "")


def foreseen(words: str, sure: Callable[[Mind], float]) -> Reply | None:
    """What editors foresaw, when the brain is sure enough."""
    brain = minds.brain()
    guess = brain.guess(words) if brain else None
    if brain is None or guess is None or guess.confidence < sure(brain) or not brain.is_familiar(words):
        return None
    one = intents().get(guess.label)
    return replace(by_intent(one), guess=guess) if one else None


def by_intent(one: Intent) -> Reply:
    source = f"intent:{one.id}"
    if one.flow in flows.flows():
        first = at(Place(one.flow, "start", {}))
        words = f"{one.answer}\n\n{first.words}" if one.answer else first.words
        return Reply(words=words, chips=first.chips, place=first.place, why=first.why, call=first.call, source=source, told=first.told)
    article = library.article(one.article) if one.article else None
    link = f"Read on: [{article.title}]({article.url})" if article is not None and article.is_public else ""
    words = "\n\n".join(part for part in (one.answer, link) if part)
    if one.handoff:
        return Reply(words=words or house().not_here, why="foreseen", source=source, team=one.handoff)
    return Reply(words=words, source=source) if words else Reply(words=house().not_here, why="foreseen", source=source)


def titled(words: str, person: Person | None) -> Reply | None:
    """An answer of the help center whose very title is what was asked: that goes before all guessing."""
    asked = set(stems(words))
    best = next(iter(library.find(words, person=person, kinds=("article", "faq"), limit=1).hits), None)
    if best is None or len(asked) < NAMED_FROM or len(asked & set(stems(best.plain_title))) < NAMED * len(asked):
        return None
    return quoted(words, person)


def meant(words: str, person: Person | None) -> Reply | None:
    """The passage of the help center that means what was asked, whatever its words; None without the sentence model."""
    found = meanings.nearest(words, person)
    return cited(found.key, found.title, cut(found.passage.text), found.passage.url) if found else None


def quoted(words: str, person: Person | None) -> Reply | None:
    """The passage of the help center that answers it best, with its address."""
    results = library.find(words, person=person, kinds=("article", "faq"), limit=CHIPS)
    if results.weak or not results.hits or results.hits[0].coverage < COVERED:
        return None
    best = results.hits[0]
    passage, url = passage_of(best, words)
    more = [f"[{hit.plain_title}]({hit.url})" for hit in results.hits[1:] if hit.coverage >= COVERED]
    return cited(best.key, best.plain_title, passage, url, more)


def cited(key: str, title: str, passage: str, url: str, more: Sequence[str] = ()) -> Reply:
    colon = "" if title.endswith(("?", "!", ".")) else ":"
    lines = [f"From **{title}**{colon}", "> " + passage, f"[Read it all]({url})", *(["Also: " + ", ".join(more)] if more else [])]
    return Reply(words="\n\n".join(lines), source=key)


def worded(words: str, person: Person | None) -> Reply | None:
    """What a language model makes of our passages, each sentence with what it rests on; None without one, or when it was of no use."""
    sentences = llm.composed(words, person)
    if not sentences:
        return None
    lines = [" ".join(one.say for one in sentences)]
    sources = {one.passage.url: one for one in sentences}
    lines += [f"> {one.quote}\n\n[{one.passage.title}]({url})" for url, one in sources.items()]
    return Reply(words="\n\n".join(lines), source="llm:" + ",".join(sources))


def passage_of(hit: search.Hit, words: str) -> tuple[str, str]:
    """(plain words, address) of the passage that shares most with the question."""
    found = library.answer(hit.key)
    asked = set(stems(words))
    passages = found.passages() if found else []
    if not passages:
        return hit.summary or hit.plain_title, hit.url
    best = max(passages, key=lambda passage: share(asked, stems(f"{passage.heading} {passage.text}")))
    return cut(best.text), best.url


def share(asked: set[str], told: Sequence[str]) -> float:
    """How much of the question a passage has, long ones counting a little less."""
    return len(asked & set(told)) - len(told) / 2000


def cut(text: str) -> str:
    """One paragraph of at most 420 characters, ended at a sentence where there is one."""
    flat = " ".join(text.split())
    if len(flat) <= QUOTE:
        return flat
    end = flat.rfind(". ", 0, QUOTE)
    return flat[: end + 1] if end > QUOTE // 3 else flat[: QUOTE - 1].rstrip() + "…"


def unsure(words: str, said: Sequence[dict[str, Any]]) -> Reply:
    """Three guesses to choose from, or the plain word that it does not know; the second weak answer in a row brings a person."""
    weak_before = len(list(takewhile(lambda data: data.get("weak"), said)))
    if weak_before:
        return Reply(words=house().not_here, weak=True, why="unknown")
    brain, known = minds.brain(), intents()
    guess = brain.guess(words, CHIPS) if brain else None
    if brain is None or guess is None or guess.confidence < brain.floor or not brain.is_familiar(words):
        return Reply(words=house().unknown, weak=True)
    titles = tuple(known[label].title for label, _ in guess.top if label in known)
    return Reply(words=house().unsure, chips=titles, weak=True, guess=guess)
