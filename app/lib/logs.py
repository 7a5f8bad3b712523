"""Logs: one structured line per request with an id, and no personal data: no query strings, no addresses, no bodies."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from app.lib import tokens

log = structlog.get_logger("frontdesk")
ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
REQUESTS = Counter("frontdesk_requests_total", "Requests answered.", ("endpoint", "method", "status"))
SECONDS = Histogram("frontdesk_request_seconds", "Time to answer.", ("endpoint",))


def set_up(level: str, as_json: bool) -> None:
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        cache_logger_on_first_use=True,
    )


def begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if ID.fullmatch(given) else tokens.secret()
    g.began = time.perf_counter()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    endpoint = request.endpoint or "none"
    response.headers["X-Request-ID"] = g.get("request_id", "")
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    SECONDS.labels(endpoint).observe(seconds)
    if endpoint not in {"static", "health.alive"}:
        log.info("answered", endpoint=endpoint, method=request.method, status=response.status_code, ms=round(seconds * 1000, 1))
    return response


def forget(_error: BaseException | None) -> None:
    structlog.contextvars.clear_contextvars()


def init_app(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    set_up(settings.log_level, settings.log_json)
    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(forget)
