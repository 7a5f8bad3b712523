"""What can be searched, and who brings it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Document:
    """One thing to find.

    `key` is unique over all sources (`help:cancel-a-booking`); `text` is plain words, no markup; `headings` are
    (anchor, words); `questions` are phrasings that this document answers; `keywords` count but never show;
    `facets` are what a search may be limited to (`{"kind": ("article",), "audience": ("public",)}`);
    `boost` is 0.5 to 2; `data` is handed back with a hit untouched and must be JSON.
    """

    key: str
    title: str
    url: str
    text: str = ""
    summary: str = ""
    headings: tuple[tuple[str, str], ...] = ()
    questions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    boost: float = 1.0
    data: Mapping[str, object] = field(default_factory=dict)


class Source(Protocol):
    """Socket: a slice that has things to find. Register it with `search.source(...)` when the slice is mounted;
    later changes go through `Index.update` and `Index.remove` with the same keys."""

    name: str

    def documents(self) -> Iterable[Document]:
        """Everything this source has, for a full build; called inside an app context, outside a request."""


_sources: dict[str, Source] = {}


def source(new: Source) -> Source:
    """Register a source under its name; the same name again replaces it."""
    _sources[new.name] = new
    return new


def sources() -> list[Source]:
    """All registered sources, by name."""
    return [_sources[name] for name in sorted(_sources)]
