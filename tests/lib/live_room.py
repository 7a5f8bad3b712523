"""A room on the live test site: a page with a log, whose entries are kept in a file and told to everybody who has the page open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template_string, request
from markupsafe import Markup

from app.lib import live
from app.lib.access import public
from app.lib.security import from_anywhere

bp = Blueprint("live_room", __name__)
PAGE = """<!doctype html><html lang="en"><head><title>Room</title><meta name="htmx-config" content="includeIndicatorCSS:false">
<script src="{{ asset('vendor/htmx.js') }}" defer></script><script type="module" src="{{ asset('js/elements/live-stream.js') }}"></script>
</head><body><live-stream data-url="{{ url }}" data-since="{{ since }}" data-seq="{{ seq }}">
<ol id="log">{% for entry in entries %}{{ entry }}{% endfor %}</ol><p id="state"></p></live-stream></body></html>"""
ENTRY = Markup('<li id="entry-{seq}">{words}</li>')
PART = 3


def kept(room: str) -> Path:
    return Path(current_app.instance_path) / f"room-{room}.jsonl"


def entries_of(room: str) -> list[dict[str, Any]]:
    path = kept(room)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@bp.get("/test/room/<room>")
@public
def show(room: str) -> str:
    entries = entries_of(room)
    url = request.args.get("url", f"/test/live/{room}")
    shown = [ENTRY.format(**entry) for entry in entries]
    return render_template_string(PAGE, url=url, since=f"/test/room/{room}/since", seq=len(entries), entries=shown)


@bp.post("/test/room/<room>")
@from_anywhere
@public
def say(room: str) -> Response:
    """Keep an entry; tell it, unless it is to be lost on the way (`?lost=1`), as often as `?times` says."""
    entry = {"seq": len(entries_of(room)) + 1, "words": request.get_data(as_text=True)}
    with kept(room).open("a") as file:
        file.write(json.dumps(entry) + "\n")
    for _ in range(request.args.get("times", 0 if "lost" in request.args else 1, type=int)):
        live.append(room, "log", ENTRY.format(**entry), seq=entry["seq"])
    return Response(str(entry["seq"]))


@bp.post("/test/room/<room>/<verb>")
@from_anywhere
@public
def change(room: str, verb: str) -> Response:
    """Any other thing one may put on the wire: replace, update, remove, event."""
    if verb == "event":
        live.tell_stream(room, request.get_json())
    elif verb == "remove":
        live.remove(room, request.args["target"])
    else:
        getattr(live, verb)(room, request.args["target"], Markup(request.get_data(as_text=True)))  # noqa: S704 - the test's own words
    return Response(status=204)


@bp.get("/test/room/<room>/since/<int:seq>")
@public
def since(room: str, seq: int) -> Response:
    if (Path(current_app.instance_path) / "shut").exists():
        abort(Response("no", 403))
    missing = [entry for entry in entries_of(room) if entry["seq"] > seq]
    some = missing[:PART]
    parts = [live.partial("beforeend", "log", ENTRY.format(**entry), entry["seq"]) for entry in some]
    return live.caught_up(parts, some[-1]["seq"] if some else seq, more=len(missing) > len(some))
