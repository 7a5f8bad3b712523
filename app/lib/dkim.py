"""DKIM (RFC 6376): our letters signed with the firm's key, so that other servers know them as the domain's own."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from flask import current_app

from app.lib.addresses import on_wire

ALSO = (b"list-unsubscribe-post", b"auto-submitted", b"content-type", b"mime-version")
BITS = 2048


@lru_cache(maxsize=4)
def key_in(path: str, _changed_at: float) -> bytes:
    """The key as the signer reads it, in whichever PEM it was made: `openssl genrsa` writes PKCS #8 today."""
    return as_pkcs1(serialization.load_pem_private_key(Path(path).read_bytes(), password=None))


def signed(raw: bytes, sender: str) -> bytes:
    """The message (bytes with CRLF) with a DKIM-Signature of the sender's domain in front; as it is when no key is set.

    Raises OSError, ValueError or dkim.DKIMException when the key cannot be used: an unsigned letter would be held for a forgery.
    """
    settings = current_app.config["SETTINGS"]
    if not settings.mail_dkim_key:
        return raw
    key = key_in(settings.mail_dkim_key, Path(settings.mail_dkim_key).stat().st_mtime)
    domain = on_wire(sender).rpartition("@")[2].encode()
    signer = dkim.DKIM(raw)
    have = {name.lower() for name, _ in signer.headers}
    names = [*signer.default_sign_headers(), *(name for name in ALSO if name in have)]
    signature: bytes = signer.sign(settings.mail_dkim_selector.encode(), domain, key, include_headers=list(dict.fromkeys(names)))
    return signature + raw


def new_key() -> bytes:
    """A private RSA key (PEM, PKCS #1)."""
    return as_pkcs1(rsa.generate_private_key(public_exponent=65537, key_size=BITS))


def as_pkcs1(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())


def record_of(private: bytes) -> str:
    """The TXT record with the key's public half (RFC 6376, 3.6.1)."""
    key = serialization.load_pem_private_key(private, password=None)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
