"""Live: HTML that reaches open pages by itself.

A slice puts a part on the wire with `append`, `prepend`, `replace`, `update` or `remove`; it leaves after the commit and is a frame like
`<hx-partial hx-target="#id" hx-swap="beforeend" data-seq="7">…</hx-partial>`. A page gets the frames of the streams that its socket was
let into (`@sock.route`, `stream_socket`). A frame may be lost; what it carried is in the database, has a `seq`, and `since` brings it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, Response, current_app

from app.lib.db import after_commit
from app.lib.live import figures as figures
from app.lib.live import frames, presence
from app.lib.live.door import Door, Knock, NoThread, stream_socket
from app.lib.live.frames import partial
from app.lib.live.hub import hub, make_hub

__all__ = [
    "Knock", "append", "caught_up", "end", "init_app", "partial", "prepend", "presence", "remove", "replace", "sock", "stop",
    "stream_socket", "tell_stream", "update",
]  # fmt: skip

sock = Door()


def append(stream: str, target: str, html: str, seq: int | None = None) -> None:
    """Put `html` at the end of the element with the id `target`; an element whose id is there already is replaced instead."""
    send(stream, partial("beforeend", target, html, seq))


def prepend(stream: str, target: str, html: str, seq: int | None = None) -> None:
    """Put `html` at the beginning of the element; an element whose id is there already is replaced instead."""
    send(stream, partial("afterbegin", target, html, seq))


def replace(stream: str, target: str, html: str, seq: int | None = None) -> None:
    """Put `html` in the place of the element."""
    send(stream, partial("outerHTML", target, html, seq))


def update(stream: str, target: str, html: str, seq: int | None = None) -> None:
    """Make `html` the content of the element."""
    send(stream, partial("innerHTML", target, html, seq))


def remove(stream: str, target: str, seq: int | None = None) -> None:
    """Take the element out of the page."""
    send(stream, partial("delete", target, "", seq))


def tell_stream(stream: str, event: Mapping[str, Any]) -> None:
    """Tell the pages of a stream something small that is no HTML (typing, presence): a JSON object, heard as `live:event`.

    With a `seq` it also counts as that change, for readers to whom it shows nothing.
    """
    send(stream, frames.event(event))


def send(stream: str, text: str) -> None:
    # A reader behind a slow line is better served by asking than by a frame that fills its whole buffer.
    if len(text) > frames.LONGEST_TEXT:
        text = frames.ready()
    station = hub()
    after_commit(lambda: station.publish(stream, text))


def caught_up(parts: Iterable[str], seq: int, more: bool = False) -> Response:
    """The answer of a `since` address: `partial`s in order, and in `Live-Seq` the number up to which they go. None: 204.

    `more` tells the page to ask again at once: there was too much for one answer.
    """
    body = "".join(parts)
    response: Response = current_app.response_class(body or None, status=200 if body else 204, mimetype="text/html")
    response.headers["Live-Seq"] = str(seq)
    if more:
        response.headers["Live-More"] = "1"
    response.cache_control.no_store = True
    return response


def end(who: str) -> None:
    """Close every socket of `who`, in every process, after the commit: they signed out or lost a right."""
    station = hub()
    if station.redis_url or station.running:
        after_commit(lambda: station.loop().end(who))


def stop(app: Flask) -> None:
    """End the live loop of this process: sockets are told 1001 and come again elsewhere."""
    app.extensions["live"].stop()


def init_app(app: Flask) -> None:
    app.extensions["live"] = make_hub(app)
    app.config["SOCK_SERVER_OPTIONS"] = {"thread_class": NoThread, "receive_bytes": 4096}
