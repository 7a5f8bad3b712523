"""Sockets and plugs: by name, the last one wins, and what nobody brought is not there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.lib.plugs import Plugs


@dataclass(frozen=True)
class Kettle:
    name: str
    kind: str = "tea"


def test_a_plug_is_found_by_its_name_and_the_last_with_a_name_wins() -> None:
    sockets = Plugs[Kettle]()
    for plug in (Kettle("blue"), Kettle("amber"), Kettle("blue", "coffee")):
        sockets.plug(plug)
    assert sockets.of("blue").kind == "coffee" and sockets.names() == ["amber", "blue"]
    assert [plug.name for plug in sockets.all()] == ["amber", "blue"]
    assert "amber" in sockets and "green" not in sockets


def test_a_socket_may_go_by_another_word_and_knows_nothing_that_was_not_brought() -> None:
    sockets = Plugs[Kettle](by="kind")
    sockets.plug(Kettle("blue"))
    assert sockets.of("tea").name == "blue"
    sockets.pull("tea")
    with pytest.raises(LookupError):
        sockets.of("tea")
