"""The way out is shut while tests run."""

from __future__ import annotations

import socket

import pytest

from tests.offline import ReachedOut


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
def test_no_connection_leaves_this_machine(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as line, pytest.raises(ReachedOut):
        line.connect(address)


def test_no_name_server_is_asked() -> None:
    with pytest.raises(ReachedOut):
        socket.getaddrinfo("northlight.example", 443)
