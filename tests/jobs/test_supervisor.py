"""bin/run keeps everything up, says clearly when it cannot, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.settings import ROOT
from jobs import valkey
from tests.servers import wait_until
from tests.site import Site

pytestmark = [pytest.mark.timeout(600), pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.stop()


def programs(site: Site) -> dict[int, str]:
    """The processes of this installation: number -> what runs in it."""
    mark = str(site.instance).encode()
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # Valkey writes its title over its environment: it is known by where it works.
                ours = mark in (entry / "environ").read_bytes() or str(site.instance) in os.readlink(entry / "cwd")
                if ours and "State:\tZ" not in (entry / "status").read_text():
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
    return found


def processes(site: Site, words: str) -> list[int]:
    """All that run `words`."""
    return [number for number, command in programs(site).items() if words in command]


def process(site: Site, words: str) -> int:
    """The oldest process that runs `words`."""
    return min(processes(site, words))


def well(site: Site) -> bool:
    try:
        return requests.get(f"{site.url}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def refused(site: Site, **env: str) -> str:
    """What a start says that ends at once; it must be one line."""
    command = [sys.executable, "-m", "jobs.supervisor"]
    done = subprocess.run(command, cwd=ROOT, env={**site.env, **env}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1
    return done.stderr


def test_it_serves_refuses_a_second_start_and_leaves_nothing_behind(site: Site) -> None:
    site.start()
    assert well(site)
    assert oct((site.instance / "run" / "lock").stat().st_mode & 0o777) == "0o600"
    assert f"already runs from {site.instance}" in refused(site, PORT="")
    assert site.stop() == 0
    wait_until(lambda: programs(site) == {}, "the end of all")
    assert "stopped" in site.words()


def test_what_is_killed_comes_back(site: Site) -> None:
    site.start()
    killed = {words: process(site, words) for words in ("gunicorn", "jobs.worker", "jobs.ticker", "valkey-server")}
    for number in killed.values():
        os.kill(number, signal.SIGKILL)
    wait_until(lambda: site.words().count("by SIGKILL; starting it again") == 4, "word of all four")
    wait_until(lambda: all(any(words in command for command in programs(site).values()) for words in killed), "everything")
    wait_until(lambda: well(site), "the web")
    assert not set(killed.values()) & set(programs(site))


def test_without_the_process_they_are_copies_of_all_start_anew(site: Site) -> None:
    site.start()
    before = set(programs(site))
    os.kill(process(site, "nursery"), signal.SIGKILL)
    wait_until(lambda: all(processes(site, words) for words in ("nursery", "gunicorn", "jobs.worker", "jobs.ticker")), "everything")
    wait_until(lambda: well(site) and not before & set(processes(site, "gunicorn") + processes(site, "jobs.worker")), "the web")


def test_when_the_supervisor_is_killed_all_go_with_it_and_the_next_start_works(site: Site) -> None:
    site.start()
    assert site.process is not None
    site.process.kill()
    site.process.wait()
    wait_until(lambda: programs(site) == {}, "the end of all")
    site.log.unlink()
    site.start()
    assert well(site)


def test_a_taken_port_is_said_in_one_line(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"Port {port} on 127.0.0.1 cannot be used" in refused(site, PORT=port)
    assert "PORT must be a number" in refused(site, PORT="http")


def test_without_port_the_next_free_one_is_taken(site: Site) -> None:
    taken = []
    for port in (8000, 8001):
        try:
            taken.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue
    site.env.pop("PORT")
    site.env.pop("FRONTDESK_BASE_URL")
    try:
        site.start()
    finally:
        for listener in taken:
            listener.close()
    url = next(word for word in site.words().split() if word.startswith("http://"))
    assert int(url.rpartition(":")[2]) > 8001
    assert requests.get(f"{url}/healthz", timeout=60).status_code == 200


def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    site = Site(tmp_path, FRONTDESK_LOG_LEVEL="LOUD")
    with pytest.raises(RuntimeError, match="FRONTDESK_LOG_LEVEL"):
        site.start()
    wait_until(lambda: programs(site) == {}, "the end of all")
    assert "Traceback" not in site.words()


def test_a_database_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    site = Site(tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")
    with pytest.raises(RuntimeError, match="The database cannot be used"):
        site.start()
    assert "Traceback" not in site.words()


def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    assert valkey.socket_path(tmp_path / "run") == tmp_path / "run" / "redis.sock"
    path = valkey.socket_path(deep)
    assert len(str(path)) < valkey.LONGEST_SOCKET and path.parent.stat().st_mode & 0o777 == 0o700
    path.parent.rmdir()


def test_unreadable_files_of_valkey_are_set_aside(site: Site) -> None:
    folder = site.instance / "redis" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("this is no manifest")
    site.start()
    wait_until(lambda: "set aside" in site.words(), "the healing")
    wait_until(lambda: (site.instance / "run" / "redis.sock").exists(), "Valkey")
    assert list(site.instance.glob("redis.unreadable-*"))


HANGS = 20  # seconds: whoever waits for a silent Redis without an end waits a minute here


def slowest(site: Site, *paths: str) -> float:
    """The longest that somebody waits for one of the pages, less what this busy machine makes one wait for nothing at all."""
    seconds, nothing = [], []
    for path in [path for path in paths for _ in range(6)]:
        seconds.append(wait(site, path))
        nothing.append(wait(site, "/healthz"))
    return max(seconds) - 3 * max(nothing)


def wait(site: Site, path: str) -> float:
    began = time.monotonic()
    assert requests.get(f"{site.url}{path}", timeout=60, headers={"Cookie": "fd_session=x"}).status_code < 500
    return time.monotonic() - began


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A Redis that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"


def test_pages_are_served_while_redis_is_a_black_hole(tmp_path: Path, black_hole: str) -> None:
    site = Site(tmp_path, REDIS_URL=black_hole).start()
    try:
        assert slowest(site, "/sign-in", "/", "/readyz") < HANGS
    finally:
        site.stop()


def test_pages_are_served_while_redis_is_gone(site: Site) -> None:
    site.start()
    assert site.process is not None
    site.process.send_signal(signal.SIGSTOP)  # so that nobody starts it again
    os.kill(process(site, "valkey-server"), signal.SIGKILL)
    try:
        assert slowest(site, "/sign-in", "/") < HANGS
    finally:
        site.process.send_signal(signal.SIGCONT)
