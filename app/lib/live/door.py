"""The door: flask-sock upgrades the request, then the socket moves to the live loop and the request's thread is free again."""

from __future__ import annotations

import os
import select
import socket
import ssl
from base64 import b64decode
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NoReturn

from flask import Response, abort, g, request
from flask_sock import Sock
from simple_websocket import ConnectionError as NoHandshake
from simple_websocket import Server
from wsproto.utilities import RemoteProtocolError

from app.lib.live.hub import hub
from app.lib.live.peer import Peer
from app.lib.security import same_origin

MOST_STREAMS = 64
Handler = Callable[..., Any]


class Knock:
    """Somebody asks for a socket; nothing is upgraded yet, so the handler can still refuse with any HTTP answer."""

    def __init__(self) -> None:
        self.streams: tuple[str, ...] = ()
        self.who = ""


def stream_socket(ws: Knock, streams: Iterable[str], who: str = "") -> None:
    """Let the knocker in: their socket gets every frame of `streams` (1 to 64 names that the caller has authorised) until it closes.

    `who` names the person: they count as online in those streams while the socket is open, and `end(who)` closes it.
    """
    ws.streams, ws.who = tuple(dict.fromkeys(streams)), who
    if not 0 < len(ws.streams) <= MOST_STREAMS:
        raise ValueError(f"A socket takes 1 to {MOST_STREAMS} streams, not {len(ws.streams)}.")


class Door(Sock):  # type: ignore[misc]  # flask-sock has no types
    """flask-sock, with the handler asked before the upgrade instead of after it.

    The handler gets a Knock and either calls `stream_socket` or refuses: abort, redirect, or return a response.
    """

    def route(self, path: str, bp: Any = None, **options: Any) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            super(Door, self).route(path, bp=Sill(bp, handler), **options)(move_in)
            return handler

        return register


class Sill:
    """Stands where flask-sock expects a blueprint, and puts the questions in front of its upgrade."""

    def __init__(self, bp: Any, handler: Handler) -> None:
        self.bp, self.handler = bp, handler

    def route(self, path: str, **options: Any) -> Callable[[Handler], None]:
        def register(upgrade: Handler) -> None:
            self.bp.route(path, **options)(guarded(self.handler, upgrade))

        return register


def guarded(handler: Handler, upgrade: Handler) -> Handler:
    @wraps(handler)
    def view(**values: Any) -> Any:
        refuse_strange_origins()
        refuse_when_full()
        refuse_wrong_handshakes()
        knock = Knock()
        answer = handler(knock, **values)
        if not knock.streams:
            return answer if answer is not None else refuse(403, "Nobody let you in.")
        # No compression: it would cost each socket its own window of memory, and secrets beside chosen text their secrecy.
        request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        g.live_knock = knock
        try:
            return upgrade()
        except (RemoteProtocolError, NoHandshake):
            return refuse(400, "This is no handshake.")

    return view


def refuse_strange_origins() -> None:
    """A browser names the page that opens the socket (RFC 6455, 10.2); other sites' pages, and clients that name none, get 403."""
    origin = request.headers.get("Origin")
    if origin is None or not (same_origin(origin) or origin.partition("://")[2].lower() in hub().hosts):
        refuse(403, "This socket is for pages of this site.")


def refuse_when_full() -> None:
    if status := hub().room_for(request.remote_addr or ""):
        refuse(status, "There is no room for another live connection.", {"Retry-After": "30"})


def refuse_wrong_handshakes() -> None:
    """What RFC 6455, 4.2.1 asks of the opening handshake: version 13 and a key of 16 bytes."""
    if request.headers.get("Sec-WebSocket-Version") != "13":
        refuse(426, "Version 13 is spoken here.", {"Sec-WebSocket-Version": "13", "Upgrade": "websocket"})
    try:
        key = b64decode(request.headers.get("Sec-WebSocket-Key", ""), validate=True)
    except ValueError:
        key = b""
    if len(key) != 16:
        refuse(400, "The key of this handshake is no key.")


def refuse(status: int, why: str, headers: dict[str, str] | None = None) -> NoReturn:
    """In plain words: nobody sees the answer to a socket, so it needs no page."""
    abort(Response(f"{why}\n", status, headers, mimetype="text/plain"))


def move_in(ws: Server, **_values: Any) -> None:
    """Called by flask-sock after the handshake: hand the socket over, and leave the server a dead one to close."""
    knock: Knock = g.pop("live_knock")
    ws.connected = False
    if isinstance(ws.sock, ssl.SSLSocket):
        return stay(ws, knock)
    return hub().loop().join(peer_on(taken(ws.sock), knock))


def peer_on(sock: socket.socket, knock: Knock) -> Peer:
    return Peer(sock, knock.streams, knock.who, request.remote_addr or "")


def taken(sock: socket.socket) -> socket.socket:
    """The connection behind `sock`, which is left with the end of a dead pair.

    Servers shut and drain a connection that they are done with (gunicorn), or write one more response to it (werkzeug): a mere
    duplicate would feel that, because shutting down reaches every duplicate.
    """
    ours = sock.dup()
    dead, other = socket.socketpair()
    with dead, other:
        os.dup2(dead.fileno(), sock.fileno(), inheritable=False)
    return ours


class NoThread:
    """Given to simple-websocket as its thread class: the reader that it would start is not needed."""

    def __init__(self, target: object = None) -> None:
        self.name = ""

    def start(self) -> None:
        """Nobody runs."""


def stay(ws: Server, knock: Knock) -> None:
    """A connection whose TLS ends in this process cannot move. Its thread stays and carries bytes to and from the loop."""
    ours, theirs = socket.socketpair()
    hub().loop().join(peer_on(ours, knock))
    with theirs:
        pump(ws.sock, theirs)


def pump(outer: ssl.SSLSocket, inner: socket.socket) -> None:
    outer.settimeout(60)
    poll = select.poll()
    for sock in (outer, inner):
        poll.register(sock, select.POLLIN)
    try:
        while True:
            ready = {fd for fd, _ in poll.poll(0 if outer.pending() else None)}
            if outer.pending() or outer.fileno() in ready:
                carry(outer, inner)
            if inner.fileno() in ready:
                carry(inner, outer)
    except (OSError, EOFError):
        pass


def carry(source: socket.socket, to: socket.socket) -> None:
    data = source.recv(8192)
    if not data:
        raise EOFError
    to.sendall(data)
