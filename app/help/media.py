"""Files beside the articles: only kinds we know, only below a mount, never run."""

from __future__ import annotations

from pathlib import Path

from flask import Response, abort, send_file

from app.help.places import mounts

INLINE = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".svg": "image/svg+xml",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".vtt": "text/vtt",
    ".pdf": "application/pdf",
}
ATTACHED = {
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".ics": "text/calendar",
    ".docx": "application/octet-stream",
    ".zip": "application/zip",
}
KINDS = INLINE.keys() | ATTACHED.keys()
LOCKED = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"


def locate(place: str) -> Path | None:
    """The file behind `<mount>/<path>`; None when it is outside, hidden, of another kind, or not there."""
    name, _, inside = place.partition("/")
    mount = next((one for one in mounts() if one.name == name), None)
    if mount is None or any(part.startswith(".") for part in inside.split("/")) or "\0" in inside:
        return None
    path = (mount.folder / inside).resolve()
    kind = path.suffix.lower()
    allowed = path.is_relative_to(mount.folder.resolve()) and kind in KINDS
    return path if allowed and path.is_file() else None


def send(place: str) -> Response:
    """The file with its type, an ETag, ranges for films, and a policy under which a drawing can run nothing."""
    path = locate(place) or abort(404)
    kind = path.suffix.lower()
    response = send_file(
        path,
        mimetype=INLINE.get(kind) or ATTACHED[kind],
        as_attachment=kind in ATTACHED,
        download_name=path.name,
        conditional=True,
        max_age=3600,
    )
    if kind != ".pdf":
        response.headers["Content-Security-Policy"] = LOCKED
    return response
