"""Nudges never cost a request more than a moment, whatever Redis does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from app.lib import jobs
from app.lib.jobs import Nudger
from tests.servers import Valkey, free_port


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A Redis that takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"


def seconds(nudger: Nudger, times: int = 1) -> float:
    began = time.monotonic()
    for number in range(times):
        assert nudger.nudge([number]) is False
    return time.monotonic() - began


def test_a_nudge_puts_the_row_number_into_the_queue_as_json() -> None:
    with Valkey() as server:
        assert Nudger(server.url).nudge([7]) is True
        queue = Queue(jobs.QUEUE, connection=jobs.connect(server.url), serializer=JSONSerializer)
        assert [(job.func_name, job.args) for job in queue.jobs] == [("jobs.entry.run", [7])]


def test_without_redis_nobody_is_asked() -> None:
    assert Nudger("").nudge([1]) is False
    assert Nudger("").waiting() is None


def test_a_redis_that_is_not_there_costs_nothing() -> None:
    assert seconds(Nudger(f"redis://127.0.0.1:{free_port()}"), times=50) < 10


def test_a_redis_that_never_answers_costs_half_a_second_once(black_hole: str) -> None:
    assert seconds(Nudger(black_hole), times=50) < 10


def test_redis_is_asked_again_after_a_rest() -> None:
    server = Valkey()
    nudger = Nudger(server.url)
    assert nudger.nudge([1]) is False
    with server:
        nudger.rests_until = 0.0
        assert nudger.nudge([1]) is True and nudger.waiting() == 1
