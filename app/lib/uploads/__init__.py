"""Uploads: what people send us, judged by its content, kept under a random path, given back as a download that can run nothing."""

from __future__ import annotations

from flask import Flask

from app.lib.uploads.kinds import ACCEPT, ALLOWED, PICTURES, Refused
from app.lib.uploads.store import Judged, Upload, judge, judged, received, send, store, sweep

__all__ = ["ACCEPT", "ALLOWED", "PICTURES", "Judged", "Refused", "Upload", "judge", "judged", "received", "send", "store", "sweep"]


def init_app(app: Flask) -> None:
    app.jinja_env.globals["accepted_files"] = ACCEPT
