"""The site map: each slice names its public pages, and one page lists them for search engines (sitemaps.org 0.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

Entry = tuple[str, date | None]
Source = Callable[[], Iterable[Entry]]
_sources: dict[str, Source] = {}


def lists(name: str) -> Callable[[Source], Source]:
    """Decorator: the function gives (path, day of the last change or None) for each public page of a slice."""

    def register(source: Source) -> Source:
        _sources[name] = source
        return source

    return register


def entries() -> Iterator[Entry]:
    """All pages of all slices, each path once, in the order of the slices' names."""
    seen: set[str] = set()
    for name in sorted(_sources):
        for path, changed in _sources[name]():
            if path not in seen:
                seen.add(path)
                yield path, changed
