"""Web processes share the visitors: nobody waits behind a busy process while another one is idle."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.settings import ROOT
from jobs.child import die_with_parent
from tests.servers import free_port, listening, wait_until


@pytest.fixture
def address() -> Iterator[str]:
    """Two processes with one thread each."""
    port = free_port()
    words = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "1", "--no-control-socket", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "jobs.sharing.SharingWorker", *words, "tests.jobs.slow:app"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
    wait_until(lambda: listening(port), "the slow page")
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(20)


def asked(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return str(answer.read().decode())


def test_two_who_come_at_once_are_answered_by_two_processes(address: str) -> None:
    wait_until(lambda: len(set(pair(address))) == 2, "both processes")
    for _ in range(8):
        one, other = pair(address)
        assert one != other


def test_more_than_there_are_threads_are_all_answered(address: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(asked, [address] * 8))
    assert len(answers) == 8 and len(set(answers)) == 2


def test_those_who_keep_asking_do_not_shut_out_who_comes_new(address: str) -> None:
    over = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(keep_asking, address, over) for _ in range(8)]
        try:
            wait_until(lambda: not any(one.done() for one in asking) and len(set(pair(address))) == 2, "both processes at work")
            # Eight ask two threads at 0.3 s each: whose turn comes round has waited for some, not for all that they will ever ask.
            assert all(asked(address) for _ in range(4))
        finally:
            over.set()
        assert min(one.result() for one in asking) > 0


def keep_asking(address: str, over: threading.Event) -> int:
    """Ask again and again over one connection, for as long as newcomers are waited for; gives how often there was an answer."""
    answers = 0
    line = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    while not over.is_set():
        line.request("GET", "/")
        answers += line.getresponse().read() != b""
    line.close()
    return answers


def pair(address: str) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(asked, [address] * 2))
