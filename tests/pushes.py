"""A push service and a browser's end of a subscription, played on loopback."""

from __future__ import annotations

import base64
import json
import os
from http.server import BaseHTTPRequestHandler
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.accounts.models import Person, SignIn
from app.lib.db import add


def seated(person: Person) -> SignIn:
    """A browser in which they are signed in."""
    return add(SignIn(person_id=person.id, token_digest=os.urandom(16).hex(), way="password"))


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Subscribed:
    """A browser's end of a subscription: its keys, and what it can read with them."""

    def __init__(self, endpoint: str) -> None:
        self.private, self.auth, self.endpoint = ec.generate_private_key(ec.SECP256R1()), os.urandom(16), endpoint
        self.point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def to_json(self) -> dict[str, Any]:
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": {"p256dh": b64(self.point), "auth": b64(self.auth)}}

    def open(self, sealed: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(sealed, private_key=self.private, auth_secret=self.auth, version="aes128gcm")
        return dict(json.loads(plain))


class Service(BaseHTTPRequestHandler):
    """A push service that remembers what it was given and answers as told."""

    given: list[tuple[dict[str, str], bytes]] = []  # noqa: RUF012 - one server at a time
    status = 201

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Service.given.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(Service.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
