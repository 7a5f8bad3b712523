"""The loop itself, over socket pairs: who gets what, who is dropped, and what hostile bytes achieve (nothing)."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.lib.live import loop as loop_module
from app.lib.live import resp, system, writer
from app.lib.live.loop import Loop
from app.lib.live.peer import Peer
from tests.lib.live_client import Client, Reading, masked
from tests.servers import wait_until

Join = Callable[..., Client]
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@pytest.fixture
def loop() -> Iterator[Loop]:
    one = Loop().start()
    yield one
    one.stop(0.2)
    assert not one.thread.is_alive()


@pytest.fixture
def join(loop: Loop) -> Iterator[Join]:
    """Opens a socket in streams and gives the browser's end of it."""
    clients: list[Client] = []

    def open_one(*streams: str, who: str = "", greeted: bool = True) -> Client:
        ours, theirs = socket.socketpair()
        loop.join(Peer(ours, streams, who))
        client = Client(theirs)
        clients.append(client)
        if greeted:
            assert client.event() == {"live": "ready", "within": 0}
        return client

    yield open_one
    for client in clients:
        client.close()


def test_everybody_in_a_stream_gets_its_frames_and_nobody_else(loop: Loop, join: Join) -> None:
    ada, grace, eve = join("a"), join("a", "b"), join("c")
    loop.publish("a", "one")
    loop.publish("b", "two")
    loop.publish("nowhere", "three")
    assert (ada.text(), grace.text(), grace.text()) == ("one", "one", "two")
    assert eve.text(0.1) is None


def test_frames_keep_their_order(loop: Loop, join: Join) -> None:
    clients = [join("a") for _ in range(5)]
    for number in range(500):
        loop.publish("a", str(number))
    for client in clients:
        assert [client.text() for _ in range(500)] == [str(number) for number in range(500)]


def test_words_of_every_language_arrive(loop: Loop, join: Join) -> None:
    ada = join("a")
    loop.publish("a", "Grüße, 您好 🙂" + "x" * 70_000)
    assert ada.text() == "Grüße, 您好 🙂" + "x" * 70_000


def test_a_slow_reader_is_dropped_and_harms_nobody(loop: Loop, join: Join) -> None:
    slow, quick = join("a"), join("a")
    reading = Reading(quick.text, 400)
    for number in range(400):
        reading.keep_up()
        loop.publish("a", f"{number} " + "x" * 2000)
    assert reading.first_words() == [str(number) for number in range(400)]
    assert loop.readers_dropped == 1
    assert len(loop.peers) == 1
    assert slow.closed() == 0


def test_a_reader_that_only_pauses_gets_everything(loop: Loop, join: Join) -> None:
    ada = join("a")
    for number in range(100):
        loop.publish("a", f"{number} " + "x" * 2000)
    time.sleep(0.2)
    assert [(ada.text() or "").split()[0] for _ in range(100)] == [str(number) for number in range(100)]
    loop.publish("a", "after")
    assert ada.text() == "after"
    assert loop.readers_dropped == 0


def test_a_burst_to_a_quick_reader_is_no_reason_to_drop_it(loop: Loop, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BACKLOG", 20_000)
    ada = join("a")
    loop.call(lambda: [loop.deliver("a", f"{number} " + "x" * 1000) for number in range(30)])
    assert [(ada.text() or "").split()[0] for _ in range(30)] == [str(number) for number in range(30)]


def test_a_reader_that_catches_up_during_a_burst_is_not_dropped(loop: Loop, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BACKLOG", 20_000)
    ada = join("a")
    peer = next(iter(loop.peers.values()))
    told = []

    def tell() -> None:
        loop.deliver("a", f"{len(told)} " + "x" * 1000)
        told.append(str(len(told)))

    def burst() -> None:
        while not peer.stuck:
            tell()
            loop.writer.flush()
        while len(peer.out) < 18_000:
            tell()
        while ada.read(0.05):
            pass
        for _ in range(10):
            tell()
        done.set()

    done = threading.Event()
    loop.call(burst)
    assert done.wait(60)
    assert [(ada.text() or "").split()[0] for _ in told] == told
    assert loop.readers_dropped == 0


def test_a_ping_gets_its_pong(join: Join) -> None:
    ada = join("a")
    ada.send(masked(PING, b"are you there"))
    assert ada.text(0.3) is None
    assert ada.pongs == [b"are you there"]


def test_words_from_a_browser_are_ignored(loop: Loop, join: Join) -> None:
    ada = join("a")
    ada.send(masked(TEXT, b"let me in"))
    ada.send(masked(BINARY, b"\0\1\2"))
    ada.send(masked(TEXT, b"in ", fin=False) + masked(PING) + masked(0, b"parts"))
    loop.publish("a", "still here")
    assert ada.text() == "still here"


def test_a_frame_that_trickles_in_is_understood(loop: Loop, join: Join) -> None:
    ada = join("a")
    for byte in masked(PING, b"slowly"):
        ada.send(bytes([byte]))
        time.sleep(0.002)
    loop.publish("a", "x")
    assert ada.text() == "x"
    assert ada.pongs == [b"slowly"]


@pytest.mark.parametrize("code", [1000, 1001, 4000])
def test_a_close_is_answered_and_the_socket_forgotten(loop: Loop, join: Join, code: int) -> None:
    ada = join("a")
    ada.send(masked(CLOSE, code.to_bytes(2, "big") + b"bye"))
    assert ada.closed() == code
    ada.close()
    wait_until(lambda: not loop.peers and not loop.rooms and not loop.addresses, "forgetting")


def test_a_browser_that_just_goes_is_forgotten(loop: Loop, join: Join) -> None:
    join("a", "b").close()
    wait_until(lambda: not loop.peers and not loop.rooms, "forgetting")


HOSTILE = {
    "not masked": (masked(TEXT, b"x", mask=False), 1002),
    "unknown opcode": (masked(3, b"x"), 1002),
    "reserved bit": (masked(TEXT, b"x", rsv=0x40), 1002),
    "ping in parts": (masked(PING, b"x", fin=False), 1002),
    "long ping": (masked(PING, b"x" * 126), 1002),
    "continuation of nothing": (masked(0, b"x"), 1002),
    "a second beginning": (masked(TEXT, b"x", fin=False) + masked(TEXT, b"y"), 1002),
    "half a close code": (masked(CLOSE, b"\3"), 1002),
    "a close code that means nothing": (masked(CLOSE, b"\3\xed"), 1002),
    "not UTF-8": (masked(TEXT, b"\xff\xfe"), 1007),
    "too long": (masked(TEXT, b"x" * 4097), 1009),
    "too long in parts": (masked(TEXT, b"x" * 4000, fin=False) + masked(0, b"x" * 97), 1009),
    "a length of 2**62": (b"\x81\xff\x40" + b"\0" * 7 + b"\0\0\0\0" + b"x" * 5000, 1009),
    "a flood of words": (masked(TEXT, b"x" * 1000) * 20, 1008),
    "a flood of pings": (masked(PING) * 4000, 1008),
    "plain HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1002),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_close_their_own_socket_only(loop: Loop, join: Join, name: str) -> None:
    data, code = HOSTILE[name]
    eve, ada = join("a"), join("a")
    eve.send(data)
    assert eve.closed() == code
    eve.close()
    loop.publish("a", "fine")
    assert ada.text() == "fine"
    wait_until(lambda: len(loop.peers) == 1, "one peer")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_no_bytes_end_the_loop(loop: Loop, join: Join, data: bytes) -> None:
    eve = join("x", greeted=False)
    eve.send(data)
    eve.close()
    assert loop.thread.is_alive()
    ada = join("a")
    loop.publish("a", "fine")
    assert ada.text() == "fine"
    ada.close()


def test_a_peer_that_answers_no_ping_is_dropped(loop: Loop, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "BEATS", 1)
    alive, dead = join("a"), join("a")
    dead.answers_pings = False
    alive.text(2.5)
    assert dead.closed() == 0
    assert alive.pings >= 1
    assert len(loop.peers) == 1


def test_an_idle_socket_that_answers_pings_has_no_parser(loop: Loop, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "BEATS", 1)
    ada = join("a")
    ada.text(2.2)
    assert ada.pings >= 1
    assert [peer.ear for peer in loop.peers.values()] == [None]


def test_an_old_socket_is_asked_to_come_again(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "BEATS", 1)
    monkeypatch.setattr(loop_module, "LIFETIME", 0.0)
    assert join("a").closed() == 1012


def test_a_peer_that_never_answers_our_close_is_let_go(loop: Loop, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "PARTING", 0.1)
    eve = join("a")
    eve.send(masked(TEXT, b"\xff"))
    wait_until(lambda: not loop.peers, "forgetting")


def test_who_signed_out_loses_their_sockets(loop: Loop, join: Join) -> None:
    mine, also_mine, other = join("a", who="person:7"), join("b", who="person:7"), join("a", who="person:8")
    loop.end("person:7")
    assert (mine.closed(), also_mine.closed()) == (1008, 1008)
    loop.publish("a", "x")
    assert other.text() == "x"


def test_stopping_says_goodbye(join: Join, loop: Loop) -> None:
    ada = join("a")
    loop.publish("a", "last words")
    loop.stop()
    assert ada.text() == "last words"
    assert ada.closed() == 1001


def test_work_that_fails_does_not_end_the_loop(loop: Loop, join: Join, caplog: pytest.LogCaptureFixture) -> None:
    loop.call(lambda: 1 / 0)
    ada = join("a")
    loop.publish("a", "fine")
    assert ada.text() == "fine"
    assert "failed" in caplog.text


def test_the_other_way_of_waiting_serves_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "watch", system.SelectorWatch)
    monkeypatch.setattr(system, "sender", lambda: system.plain_send)
    one = Loop().start()
    ours, theirs = socket.socketpair()
    one.join(Peer(ours, ("a",)))
    for number in range(200):
        one.publish("a", f"{number} " + "x" * 1000)
    client = Client(theirs)
    assert client.event()["live"] == "ready"
    assert [(client.text() or "").split()[0] for _ in range(200)] == [str(number) for number in range(200)]
    one.stop()
    client.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_lets_go_of_the_sockets(loop: Loop, join: Join) -> None:
    ada = join("a")
    child = os.fork()
    if child == 0:
        loop.close()
        os._exit(0 if not loop.peers else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    loop.publish("a", "the parent goes on")
    assert ada.text() == "the parent goes on"


def test_redis_replies_are_read_however_they_are_cut() -> None:
    whole = b"+PONG\r\n:12\r\n$5\r\nhello\r\n$-1\r\n_\r\n>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\na\r\nb\r\n%1\r\n+k\r\n*1\r\n#t\r\n"
    wanted = [b"PONG", 12, b"hello", None, None, [b"message", b"c", b"a\r\nb"], [b"k", [b"t"]]]
    for cut in range(len(whole)):
        buffer = bytearray(whole[:cut])
        read = list(resp.replies(buffer))
        buffer += whole[cut:]
        assert read + list(resp.replies(buffer)) == wanted
        assert not buffer


@pytest.mark.parametrize("nonsense", [b"-ERR no\r\n", b"?what\r\n", b"HTTP/1.1 400\r\n"])
def test_what_is_no_redis_is_trouble(nonsense: bytes) -> None:
    with pytest.raises(resp.Trouble):
        list(resp.replies(bytearray(nonsense)))
