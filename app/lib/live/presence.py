"""Who is here, for slices: `presence.enter("conversation:7", "person:3", state="replying")`, `presence.who("conversation:7")`."""

from __future__ import annotations

from app.lib.live.hub import hub
from app.lib.live.leases import LEASE


def enter(stream: str, who: str, ttl: float = LEASE, state: str = "viewing", tab: str = "") -> None:
    """`who` is in `stream` for the next `ttl` seconds: online, viewing or replying. Call again every 20 to 25 s to stay."""
    hub().leases.enter(stream, who, ttl, state, tab)


def leave(stream: str, who: str, tab: str = "") -> None:
    """`who` is gone now; a lease that is not renewed ends by itself."""
    hub().leases.leave(stream, who, tab)


def who(stream: str) -> dict[str, str]:
    """Everybody who is here, with the strongest state of their tabs: {"person:7": "replying"}."""
    return hub().leases.who(stream)


def tabs(stream: str) -> dict[tuple[str, str], str]:
    """The same by person and tab: {("person:7", "k3j2"): "replying"}."""
    return hub().leases.tabs(stream)
