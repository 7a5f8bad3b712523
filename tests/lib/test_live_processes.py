"""Live over real servers: gunicorn and the development server in front, a real Valkey between two web processes, and what breaks."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import ipaddress
import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.lib.live.leases import LEASE, MANY, Leases
from tests import machine
from tests.lib.live_client import PATIENCE, Client, Reading, masked, request
from tests.lib.live_server import Site
from tests.servers import Valkey, wait_until

pytestmark = [
    pytest.mark.skipif(machine.valkey.program() is None, reason="no Valkey or Redis here"),
    pytest.mark.xdist_group("live"),
]


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    Client.close_all()


@pytest.fixture(scope="module")
def store() -> Iterator[Valkey]:
    with Valkey() as one:
        yield one


@pytest.fixture(scope="module")
def two_sites(store: Valkey) -> Iterator[tuple[Site, Site]]:
    first, second = Site().serve(store.url), Site().serve(store.url)
    yield first, second
    first.stop()
    second.stop()


@pytest.fixture
def sites(two_sites: tuple[Site, Site]) -> tuple[Site, Site]:
    """Two web processes that have found their Redis."""
    for site in two_sites:
        site.listen("warm").close()
        wait_until(lambda site=site: site.figures()["wire"], "the wire")
    return two_sites


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site()
    yield one
    one.stop()


def words_of(frame: str | None) -> str | None:
    return frame and frame.partition("<p>")[2].partition("</p>")[0]


def test_a_frame_reaches_the_sockets_of_every_process_once(sites: tuple[Site, Site]) -> None:
    one, two = sites
    here, there, elsewhere = one.listen("a"), two.listen("a"), two.listen("b")
    one.say("a", "Good morning")
    two.say("a", "Hello")
    assert sorted(str(words_of(here.words())) for _ in range(2)) == ["Good morning", "Hello"]
    assert sorted(str(words_of(there.words())) for _ in range(2)) == ["Good morning", "Hello"]
    assert [client.words(0.2) for client in (here, there, elsewhere)] == [None, None, None]


def test_a_hundred_frames_arrive_in_order_and_none_twice(sites: tuple[Site, Site]) -> None:
    one, two = sites
    here, there = one.listen("order"), two.listen("order")
    for number in range(100):
        one.say("order", str(number))
    for client in (here, there):
        assert [words_of(client.words()) for _ in range(100)] == [str(number) for number in range(100)]
        assert client.words(0.1) is None


def test_what_was_undone_is_never_told(sites: tuple[Site, Site]) -> None:
    one, two = sites
    there = two.listen("a")
    assert one.ask("POST", "/test/say/a?status=409", "never mind")[0] == 409
    one.say("a", "meant")
    assert words_of(there.words()) == "meant"


def test_a_new_stream_misses_nothing_after_its_greeting(sites: tuple[Site, Site]) -> None:
    one, two = sites
    for number in range(20):
        there = two.listen(f"fresh{number}")
        one.say(f"fresh{number}", "first")
        assert words_of(there.words()) == "first"
        there.close()


def test_presence_is_seen_from_every_process(sites: tuple[Site, Site]) -> None:
    one, two = sites
    client = Client.connect(one.port, "/test/live/team?who=person:3")
    client.event()
    two.ask("POST", "/test/enter/team/person:4")
    wait_until(lambda: one.here("team") == two.here("team") == {"person:3": "online", "person:4": "replying"}, "presence")
    client.close()
    wait_until(lambda: two.here("team") == {"person:4": "replying"}, "leaving")
    one.ask("POST", "/test/leave/team/person:4")
    assert one.here("team") == two.here("team") == {}


def test_the_leases_of_tabs_that_are_gone_do_not_pile_up_in_redis(store: Valkey) -> None:
    leases = Leases(store.url, "piling")
    for number in range(MANY):
        leases.enter("room", "person:3", ttl=-2 * LEASE, tab=f"gone-{number}")
    leases.enter("room", "person:3", ttl=-1, tab="just-now")
    leases.enter("room", "person:3", tab="here")
    assert leases.tabs("room") == {("person:3", "here"): "viewing"}
    assert {field.partition("\x1f")[2] for field in leases.kept("room")} == {"just-now", "here"}


def test_signing_out_closes_the_sockets_in_every_process(sites: tuple[Site, Site]) -> None:
    one, two = sites
    mine = [Client.connect(site.port, "/test/live/a?who=person:9") for site in sites]
    other = two.listen("a")
    for client in mine:
        client.event()
    assert one.ask("POST", "/test/out/person:9")[0] == 204
    assert [client.closed() for client in mine] == [1008, 1008]
    one.say("a", "still here")
    assert words_of(other.words()) == "still here"


def test_redis_dies_in_mid_flow_and_everything_heals(sites: tuple[Site, Site], store: Valkey) -> None:
    one, two = sites
    here, there = one.listen("a"), two.listen("a")
    one.say("a", "before")
    assert (words_of(here.words()), words_of(there.words())) == ("before", "before")
    store.kill()
    one.say("a", "meanwhile")
    assert words_of(here.words()) == "meanwhile"
    assert there.text(0.2) is None
    store.start()
    # Whoever may have missed something is asked to catch up: that is how "meanwhile" reaches the other side.
    assert there.event(20)["live"] == "ready"
    wait_until(lambda: one.figures()["wire"] and two.figures()["wire"], "the wire")
    for number in range(20):
        one.say("a", str(number))
    for client in (here, there):
        assert [words_of(client.words()) for _ in range(20)] == [str(number) for number in range(20)]
        assert client.words(0.2) is None


def test_what_a_process_could_not_tell_is_told_as_a_gap(sites: tuple[Site, Site], store: Valkey) -> None:
    one, two = sites
    there = two.listen("gap")
    other = two.listen("nothing-lost")
    store.kill()
    store.start()
    wait_until(lambda: two.figures()["wire"], "the wire")
    if not one.figures()["wire"]:
        one.say("gap", "lost on the way")
    while (event := there.event(10)) and event["live"] == "ready" and there.waiting:
        pass
    assert event
    assert other.event()["live"] == "ready"


def test_a_web_process_dies_and_the_other_goes_on(site: Site, sites: tuple[Site, Site], store: Valkey) -> None:
    one, _ = sites
    site.serve(store.url)
    doomed, there = site.listen("a"), one.listen("a")
    os.kill(site.figures()["pid"], signal.SIGKILL)
    assert doomed.closed() == 0
    one.say("a", "still here")
    assert words_of(there.words()) == "still here"


def test_a_stopping_server_says_goodbye(site: Site) -> None:
    site.serve()
    client = site.listen("a")
    site.halt()
    assert client.closed() == 1001


def test_many_sockets_hold_no_thread(site: Site) -> None:
    site.serve(threads=2)
    clients = [site.listen("a") for _ in range(60)]
    assert site.ask("GET", "/healthz")[0] == 200
    assert site.figures()["threads"] <= 5
    site.say("a", "to all")
    assert {words_of(client.words()) for client in clients} == {"to all"}
    for client in clients:
        client.close()
    wait_until(lambda: site.figures()["sockets"] == 0, "forgetting")


def test_the_development_server_serves_live_too(site: Site) -> None:
    site.serve(dev=True)
    client = site.listen("a")
    site.say("a", "one")
    client.send(masked(9, b"ping"))
    assert words_of(client.words()) == "one"
    assert client.text(0.2) is None
    assert client.pongs == [b"ping"]
    assert site.figures()["threads"] <= 4


def test_no_compression_is_agreed_on(two_sites: tuple[Site, Site]) -> None:
    client = two_sites[0].listen("a")
    assert "sec-websocket-extensions" not in client.head.lower()


REFUSED = {
    "another site": ("/test/live/a", {"origin": "https://evil.example"}, "403"),
    "this name, another port": ("/test/live/a", {"origin": "http://127.0.0.1:1"}, "403"),
    "no page at all": ("/test/live/a", {"origin": ""}, "403"),
    "a sandboxed page": ("/test/live/a", {"origin": "null"}, "403"),
    "a look-alike": ("/test/live/a", {"origin": "http://127.0.0.1.evil.example"}, "403"),
    "refused by the view": ("/test/live/closed", {}, "404"),
    "let in by nobody": ("/test/shut", {}, "403"),
    "an old version": ("/test/live/a", {"Sec_WebSocket_Version": "8"}, "426"),
    "no key": ("/test/live/a", {"Sec_WebSocket_Key": ""}, "400"),
    "no key really": ("/test/live/a", {"Sec_WebSocket_Key": "x"}, "400"),
    "another host": ("/test/live/a", {"Host": "evil.example"}, "421"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_who_is_refused_hears_it_before_the_upgrade(two_sites: tuple[Site, Site], name: str) -> None:
    path, headers, status = REFUSED[name]
    with pytest.raises(ConnectionRefusedError, match=f" {status} "):
        Client.connect(two_sites[0].port, path, **headers)


def test_a_plain_request_is_no_socket(two_sites: tuple[Site, Site]) -> None:
    assert two_sites[0].ask("GET", "/test/live/a")[0] == 400


@pytest.mark.parametrize(("setting", "status"), [("LIVE_TEST_MOST", "503"), ("LIVE_TEST_PER_ADDRESS", "429")])
def test_there_is_an_end_to_the_sockets_one_may_open(site: Site, setting: str, status: str) -> None:
    site.serve(**{setting: "3"})
    clients = [site.listen("a") for _ in range(3)]
    with pytest.raises(ConnectionRefusedError, match=f" {status} "):
        site.listen("a")
    clients.pop().close()
    wait_until(lambda: site.figures()["sockets"] == 2, "forgetting")
    site.listen("a").close()


def test_a_redis_that_swallows_everything_stalls_no_page(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        site.serve(f"redis://127.0.0.1:{hole.getsockname()[1]}/0")
        client = site.listen("a")
        slowest = 0.0
        for number in range(20):
            start = time.monotonic()
            site.say("a", str(number))
            site.here("a")
            slowest = max(slowest, time.monotonic() - start)
        assert [words_of(client.words()) for _ in range(20)] == [str(number) for number in range(20)]
        assert slowest < 15


def test_tls_that_ends_in_this_process_works_as_well(site: Site, tmp_path: Path) -> None:
    key, cert = self_signed(tmp_path)
    site.serve(options=("--keyfile", key, "--certfile", cert))
    context = ssl.create_default_context(cafile=cert)
    with (
        socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        line.sendall(request("/test/live/a", f"127.0.0.1:{site.port}", f"https://127.0.0.1:{site.port}"))
        head = b""
        while b"\r\n\r\n" not in head:
            head += line.recv(1)
        assert b" 101 " in head
        client = Client(line)
        assert client.event()["live"] == "ready"
        say_over_tls(site.port, context)
        assert words_of(client.words()) == "safely"


def say_over_tls(port: int, context: ssl.SSLContext) -> None:
    with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=PATIENCE)) as line:
        line.request("POST", "/test/say/a", b"safely", {"Content-Type": "text/plain"})
        assert line.getresponse().status == 200


def self_signed(folder: Path) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    cert = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False).sign(key, hashes.SHA256())
    (folder / "cert").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key").write_bytes(private)
    return str(folder / "key"), str(folder / "cert")


def test_a_slow_reader_harms_nobody_over_tcp(site: Site) -> None:
    site.serve()
    slow, quick = site.listen("a"), site.listen("a")
    reading = Reading(lambda: words_of(quick.words()), 300)
    # What the two kernels hold for a reader comes first: about 200 kB here, up to several MB there.
    for number in range(300):
        reading.keep_up()
        site.say("a", f"{number} " + "x" * 30_000)
    assert reading.first_words() == [str(number) for number in range(300)]
    wait_until(lambda: site.figures()["dropped"] == 1, "dropping the slow one")
    slow.close()
