"""A site for live tests and benchmarks, served by real servers: see `from_environment`."""

from __future__ import annotations

import os
import threading

from flask import Blueprint, Flask, Response, abort, current_app, request
from markupsafe import Markup
from werkzeug.serving import run_simple

from app import create_app
from app.lib import live
from app.lib.access import public
from app.lib.security import from_anywhere
from tests.lib import live_room

bp = Blueprint("live_test", __name__)


@live.sock.route("/test/live/<streams>", bp=bp)
@public
def listen(ws: live.Knock, streams: str) -> None:
    """Listen to streams, separated by commas; the stream `closed` lets nobody in."""
    if streams == "closed":
        abort(Response("nobody\n", 404))
    live.stream_socket(ws, streams.split(","), who=request.args.get("who", ""))


@live.sock.route("/test/shut", bp=bp)
@public
def nobody(ws: live.Knock) -> None:
    """Forgets to let anybody in."""


@bp.post("/test/say/<stream>")
@from_anywhere
@public
def say(stream: str) -> Response:
    live.append(stream, "log", Markup("<p>{}</p>").format(request.get_data(as_text=True)), seq=request.args.get("seq", type=int))
    return Response(str(os.getpid()), mimetype="text/plain", status=request.args.get("status", 200, type=int))


@bp.get("/test/here/<stream>")
@public
def here(stream: str) -> dict[str, str]:
    return live.presence.who(stream)


@bp.get("/test/page")
@public
def page() -> str:
    return "<p>A page</p>" * 200


@bp.post("/test/enter/<stream>/<who>")
@from_anywhere
@public
def enter(stream: str, who: str) -> Response:
    live.presence.enter(stream, who, state="replying")
    return Response(status=204)


@bp.post("/test/leave/<stream>/<who>")
@from_anywhere
@public
def leave(stream: str, who: str) -> Response:
    live.presence.leave(stream, who)
    return Response(status=204)


@bp.post("/test/out/<who>")
@from_anywhere
@public
def out(who: str) -> Response:
    live.end(who)
    return Response(status=204)


@bp.get("/test/figures")
@public
def figures() -> dict[str, int]:
    loop = current_app.extensions["live"].running
    return {
        "pid": os.getpid(),
        "sockets": len(loop.peers) if loop else 0,
        "wire": bool(loop and loop.wire and loop.wire.up),
        "dropped": loop.readers_dropped if loop else 0,
        "threads": threading.active_count(),
    }


def make_site(**overrides: object) -> Flask:
    app = create_app(
        env="test", base_url="http://127.0.0.1", secret_key="a key for live tests only, long enough", log_level="WARNING", **overrides
    )
    app.register_blueprint(bp)
    app.register_blueprint(live_room.bp)
    return app


def from_environment() -> Flask:
    """For `gunicorn "tests.lib.live_site:from_environment()"`."""
    per_address, most = (int(os.environ.get(f"LIVE_TEST_{name}", "500")) for name in ("PER_ADDRESS", "MOST"))
    return make_site(instance_dir=os.environ["LIVE_TEST_INSTANCE"], live_sockets_per_address=per_address, live_sockets=most)


def main() -> None:
    """Serve with the development server."""
    run_simple("127.0.0.1", int(os.environ["PORT"]), from_environment(), threaded=True)


if __name__ == "__main__":
    main()
