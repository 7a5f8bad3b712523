"""Secrets that leave the house: signed links, random tokens, encrypted columns. Keys are derived per purpose from the secret key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer


class Bad(ValueError):
    """The token is not ours, was changed, was made for another purpose, or is too old."""


def sign(purpose: str, payload: dict[str, Any]) -> str:
    """A URL-safe signed token that carries `payload` (JSON values, readable by its bearer) for one purpose."""
    return str(serializer(purpose).dumps(payload))


def unsign(purpose: str, token: str, max_age: timedelta | None = None) -> dict[str, Any]:
    """The payload of a token. Raises Bad when it is forged, made for another purpose or older than `max_age`."""
    seconds = None if max_age is None else int(max_age.total_seconds())
    try:
        return cast("dict[str, Any]", serializer(purpose).loads(token, max_age=seconds))
    except (BadSignature, UnicodeError, ValueError) as error:
        raise Bad(str(error)) from None


def secret(bits: int = 128) -> str:
    """A random URL-safe token of `bits` bits."""
    return secrets.token_urlsafe(bits // 8)


def code(digits: int = 6) -> str:
    """A random decimal code, leading zeros kept."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def digest(token: str) -> str:
    """What is stored of a random token: SHA-256, hex, 64 characters."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time; never raises, whatever characters they hold."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def encrypt(plain: bytes) -> bytes:
    """Authenticated encryption at rest (Fernet: AES-128-CBC + HMAC-SHA256) under the installation's key."""
    return boxes().encrypt(plain)


def decrypt(sealed: bytes) -> bytes:
    """The bytes that `encrypt` took. Raises Bad when they were changed or the key is another."""
    try:
        return boxes().decrypt(sealed)
    except InvalidToken:
        raise Bad("This cannot be decrypted with the present key.") from None


def derived(purpose: str, key: str | None = None) -> bytes:
    """32 bytes for one purpose (HMAC-SHA256 of the purpose under the secret key)."""
    return hmac.new((key or keys()[-1]).encode(), purpose.encode(), hashlib.sha256).digest()


def keys() -> list[str]:
    """Old keys first, the signing key last: the order itsdangerous asks for."""
    settings = current_app.config["SETTINGS"]
    return [old.strip() for old in settings.old_secret_keys.split(",") if old.strip()] + [str(current_app.secret_key)]


def serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(keys(), salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})


def boxes() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derived("encrypt", key))) for key in reversed(keys())])
