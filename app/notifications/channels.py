"""The socket of notifications: which news there is (topics, declared by slices), and over what it travels (channels, plugged in).

A slice declares its topics when it is imported:

    declare(Topic("tickets.reply", "Replies to your requests", "Somebody has answered.", channels=("bell", "mail", "sms")))

and tells one with `Notice.tell(person, "tickets.reply", title, body, url)`. A plug gives another channel to `plug_in`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.accounts.models import Person
    from app.notifications.models import Notice

ORDER = ("bell", "mail", "sms", "push")


@dataclass(frozen=True)
class Topic:
    """One kind of news.

    `who` hears it: customer, agent or admin. `channels` may carry it, `default` do so until the person says otherwise, and the ones in
    `always` cannot be switched off. `urgent` news ignore quiet hours. A letter waits `mail_after` and is not sent when the bell was read.
    """

    name: str
    title: str
    words: str = ""
    who: str = "customer"
    channels: tuple[str, ...] = ("bell", "mail")
    default: tuple[str, ...] = ("bell", "mail")
    always: tuple[str, ...] = ()
    urgent: bool = False
    mail_after: timedelta = timedelta()


class Channel(Protocol):
    """Something that carries news to a person. `name` is stored, `title` is shown."""

    name: str
    title: str

    def reaches(self, person: Person) -> bool:
        """Whether it could carry anything to this person now: they have an address, a phone, a subscription, and allow it."""

    def deliver(self, notice: Notice, person: Person, topic: Topic) -> None:
        """Carry it. Runs in an errand, at least once; an exception is tried again. Let the database go before a slow call."""


_topics: dict[str, Topic] = {}
_channels: dict[str, Channel] = {}


def declare(*topics: Topic) -> None:
    """Make topics known. A name declared twice is the later one."""
    _topics.update({topic.name: topic for topic in topics})


def topic(name: str) -> Topic:
    """The topic of that name. Raises LookupError: news nobody declared cannot be chosen by anybody."""
    if name not in _topics:
        raise LookupError(f"No topic is called {name!r}; declare it first.")
    return _topics[name]


def topics_for(person: Person) -> list[Topic]:
    """What this person may hear about, sorted by title."""
    return sorted((one for one in _topics.values() if person.may(one.who)), key=lambda one: one.title)


_answers: list[Callable[[Notice, Person], str]] = []


def answered_at(call: Callable[[Notice, Person], str]) -> None:
    """`call` gives the address at which a letter about this notice can be answered by its reader; empty when it cannot."""
    _answers.append(call)


def answer_address(notice: Notice, person: Person) -> str:
    return next(filter(None, (call(notice, person) for call in _answers)), "")


def plug_in(channel: Channel) -> None:
    """Add a channel, or put another in the place of the one with this name."""
    _channels[channel.name] = channel


def is_known(name: str) -> bool:
    return name in _topics


def channel(name: str) -> Channel | None:
    return _channels.get(name)


def channels_of(names: Iterable[str]) -> list[Channel]:
    """The plugged-in channels among `names`, in the order people see them."""
    found = [_channels[name] for name in names if name in _channels]
    return sorted(found, key=lambda one: ORDER.index(one.name) if one.name in ORDER else len(ORDER))
