"""Passwords: argon2id, checked against length and the obvious, rehashed when the profile grows."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask import current_app

TINY = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LOW = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
LEAST = 12


class TooWeak(ValueError):
    """The password is too short or too easily guessed; the message says which."""


def hasher() -> PasswordHasher:
    return TINY if current_app.config["SETTINGS"].argon2_profile == "tiny" else LOW


def hashed(password: str, *known: str) -> str:
    """The argon2id hash. Raises TooWeak under 12 characters, for one repeated character, or for the person's own name or address."""
    if len(password) < LEAST:
        raise TooWeak(f"Use at least {LEAST} characters.")
    if len(set(password)) < 4 or password.lower() in {word.lower() for word in known if word}:
        raise TooWeak("That password is too easy to guess.")
    return hasher().hash(password[:1024])


def fits(password: str, stored: str | None) -> bool:
    """True when the password belongs to the hash. Takes as long for a missing hash, so that nobody learns which addresses exist."""
    try:
        return hasher().verify(stored or decoy(), password[:1024]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


_decoys: dict[str, str] = {}


def decoy() -> str:
    profile = current_app.config["SETTINGS"].argon2_profile
    if profile not in _decoys:
        _decoys[profile] = hasher().hash("nobody has this password")
    return _decoys[profile]
