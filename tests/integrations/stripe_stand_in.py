"""A stand-in for Stripe's API over real HTTP. `on_call` lets a test act before and after a call is carried out."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

from app.lib import clock
from tests.integrations.stripe_books import Answer, Books, Thing, error
from tests.standin import serving

KEY = "sk_test_stand_in"
SECRET = "whsec_stand_in"


@dataclass
class StandIn(Books):
    """The books behind a door on a free port of this machine."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    on_call: Callable[[str, str], None] = lambda when, path: None
    down: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> StandIn:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.answer("POST")

            def do_GET(self) -> None:
                self.answer("GET")

            def answer(self, verb: str) -> None:
                url = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                typed = unfolded(self.rfile.read(length).decode() if verb == "POST" else url.query)
                stand_in.on_call("before", url.path)
                status, body = stand_in.take(verb, url.path, typed, dict(self.headers))
                stand_in.on_call("after", url.path)
                raw = json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_words: Any) -> None:
                return None

        self.url = self.open.enter_context(serving(Handler))
        return self

    def __exit__(self, *_error: object) -> None:
        self.open.close()

    def forget(self) -> None:
        """Close the books and begin new ones, as for another account."""
        with self.lock:
            for kept in (self.things, self.keys, self.events, self.declines, self.calls):
                kept.clear()
            self.down = False

    def take(self, verb: str, path: str, typed: Thing, headers: dict[str, str]) -> Answer:
        with self.lock:
            self.calls.append((verb, path))
            if self.down:
                return error(503, "api_error", "We are down.")
            if headers.get("Authorization") != f"Bearer {KEY}":
                return error(401, "invalid_request_error", "Invalid API Key provided.")
            return self.once(verb, path, typed, headers.get("Idempotency-Key", ""))


def unfolded(encoded: str) -> Thing:
    """line_items[0][price_data][currency]=usd as nested dicts; lists have number keys."""
    found: Thing = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        parts = re.findall(r"[^\[\]]+", name)
        place = found
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return found


def signed(event: Thing, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
    """An event as Stripe sends it, signed by the official library's own code."""
    body = json.dumps(event).encode()
    stamp = int(clock.now().timestamp())
    mark = stripe.WebhookSignature._compute_signature(f"{stamp}.{body.decode()}", secret)  # type: ignore[no-untyped-call]
    return {"Stripe-Signature": f"t={stamp},v1={mark}", "Content-Type": "application/json"}, body
