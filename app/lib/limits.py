"""Limits: how often one address or person may knock. Counted in Redis, in this process while Redis is away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

View = TypeVar("View", bound=Callable[..., Any])

limiter = Limiter(
    get_remote_address,
    in_memory_fallback_enabled=True,
    swallow_errors=True,
    headers_enabled=False,
    strategy="fixed-window",
)


def limit(rate: str, by: Callable[[], str] | None = None, methods: tuple[str, ...] = ("POST",)) -> Callable[[View], View]:
    """Refuse with 429 what comes more often than `rate` (such as "5/minute;20/hour") from one address, or from one `by()`."""
    return cast("Callable[[View], View]", limiter.limit(rate, key_func=by, methods=list(methods)))


def by_field(name: str) -> Callable[[], str]:
    """Count by what was typed into a form field: one mailbox cannot be hammered from many addresses."""
    return lambda: f"{name}:{request.form.get(name, '').strip().lower()[:254]}"


def storage_uri(redis_url: str) -> str:
    # The limits library asks for its own scheme for unix sockets.
    return "memory://" if not redis_url else redis_url.replace("unix://", "redis+unix://", 1)


def init_app(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    app.config["RATELIMIT_STORAGE_URI"] = storage_uri(settings.redis_url)
    if settings.redis_url:
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    limiter.init_app(app)
