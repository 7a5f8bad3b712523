"""Plugs: what has been put into a socket, by its name."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

Plug = TypeVar("Plug")


class Plugs(Generic[Plug]):
    """The plugs of one socket. `by` is the attribute of a plug that names it."""

    def __init__(self, by: str = "name") -> None:
        self._by, self._found = by, dict[str, Plug]()

    def plug(self, plug: Plug) -> None:
        """Make a plug available under its name; the last one with a name wins."""
        found: Any = getattr(plug, self._by)
        self._found[str(found)] = plug

    def pull(self, name: str) -> None:
        """Take a plug out again. Raises LookupError when it is not there."""
        del self._found[name]

    def of(self, name: str) -> Plug:
        """The plug with this name. Raises LookupError when there is none."""
        return self._found[name]

    def names(self) -> list[str]:
        """The names of all plugs, sorted."""
        return sorted(self._found)

    def all(self) -> list[Plug]:
        """All plugs in the order of their names."""
        return [self._found[name] for name in self.names()]

    def __contains__(self, name: object) -> bool:
        return name in self._found
