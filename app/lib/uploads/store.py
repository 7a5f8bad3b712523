"""Where files lie and how they leave: rows in the database, bytes under a random path in instance/uploads."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from flask import Response, abort, current_app, send_file
from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import FileStorage

from app.lib import clock
from app.lib.db import Model, Title, add, after_commit, db
from app.lib.outbox import errand
from app.lib.uploads import pictures, scanner
from app.lib.uploads.kinds import ALLOWED, EXTENSIONS, PICTURES, Refused, sniff
from app.lib.uploads.names import safe_name

UNCLAIMED = timedelta(days=1)
PENDING = "pending:"
THUMB = ".thumb"


class Upload(Model):
    """One file that somebody sent. `owner` names what it belongs to, such as `entry:12`; `pending:…` is swept after a day."""

    __tablename__ = "uploads"

    path: Mapped[str] = mapped_column(String(80), unique=True)
    owner: Mapped[str] = mapped_column(String(120), index=True)
    name: Mapped[Title]
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int | None]
    height: Mapped[int | None]
    thumb: Mapped[bool] = mapped_column(default=False)

    @property
    def is_picture(self) -> bool:
        return self.content_type in PICTURES

    @property
    def is_sound(self) -> bool:
        return self.content_type.startswith("audio/")

    @property
    def file(self) -> Path:
        return folder() / self.path

    @property
    def thumb_file(self) -> Path:
        return folder() / (self.path + THUMB)

    @property
    def human_size(self) -> str:
        """The size in words: `812 bytes`, `14 kB`, `2.3 MB` (powers of 1000, as file managers of today show it)."""
        if self.size < 1000:
            return f"{self.size} bytes"
        return f"{self.size / 1000:.0f} kB" if self.size < 1_000_000 else f"{self.size / 1_000_000:.1f} MB"

    @classmethod
    def of(cls, *owners: str) -> Select[Upload]:
        """The files that belong to any of these owners, oldest first."""
        return select(cls).where(cls.owner.in_(owners)).order_by(cls.id)

    @classmethod
    def unclaimed(cls) -> Select[Upload]:
        return select(cls).where(cls.owner.startswith(PENDING), cls.created_at < clock.now() - UNCLAIMED)

    def give_to(self, owner: str) -> None:
        """The file belongs to `owner` from now on, for example when the message it came with is sent."""
        self.owner = owner

    def discard(self) -> None:
        """Forget the row now and the bytes after the commit."""
        after_commit(partial(remove, self.file, self.thumb_file))
        db.session.delete(self)


def folder() -> Path:
    place: Path = current_app.config["SETTINGS"].instance / "uploads"
    return place


@dataclass(frozen=True)
class Judged:
    """A file that may be kept: its cleaned content and what it is. Until it is kept it is only in memory, and no row is locked for it."""

    name: str
    kind: str
    content: bytes
    drawing: pictures.Drawn | None

    def kept(self, owner: str) -> Upload:
        """The bytes on the disk, the row in the current transaction."""
        row = Upload(path=new_path(), owner=owner, name=safe_name(self.name, EXTENSIONS[self.kind]), content_type=self.kind)
        row.size, row.sha256 = len(self.content), hashlib.sha256(self.content).hexdigest()
        write(row.file, self.content)
        if self.drawing:
            row.width, row.height, row.thumb = self.drawing.width, self.drawing.height, True
            write(row.thumb_file, self.drawing.thumb)
        return add(row)


def judged(given: Iterable[FileStorage | str] | None, most: int) -> list[Judged]:
    """The files of a form field, empty ones left out. Raises Refused for more than `most`, or with the name of one that is not taken.

    Call it before you write: scanning a file may take half a minute.
    """
    files = [file for file in given or () if isinstance(file, FileStorage) and file.filename]
    if len(files) > most:
        raise Refused(f"Please send at most {most} files at once.")
    return [judged_by_name(file) for file in files]


def judged_by_name(file: FileStorage) -> Judged:
    try:
        return judge(read(file), file.filename or "")
    except Refused as error:
        raise Refused(f"{file.filename}: {error}") from None


def received(given: Iterable[FileStorage | str] | None, *, owner: str, most: int) -> list[Upload]:
    """The files of a form field, judged and kept. Raises Refused when one of them is not taken; then none is."""
    return [file.kept(owner) for file in judged(given, most)]


def store(file: FileStorage, *, owner: str, allow: AbstractSet[str] = ALLOWED) -> Upload:
    """Judge, clean and keep one file that came in a form; the row stands in the current transaction.

    Pictures are drawn anew and get a thumbnail. `allow` narrows the MIME types, for example to `PICTURES`.
    Raises Refused with words for the sender: empty, too large, not an accepted kind, damaged, infected.
    """
    return judge(read(file), file.filename or "", allow).kept(owner)


def read(file: FileStorage) -> bytes:
    most = current_app.config["SETTINGS"].max_upload_mb
    content: bytes = file.stream.read(most * 1024 * 1024 + 1)
    if len(content) > most * 1024 * 1024:
        raise Refused(f"The file is larger than {most} MB.")
    return content


def judge(content: bytes, name: str, allow: AbstractSet[str] = ALLOWED) -> Judged:
    """The same for bytes that are already here, such as an attachment of a letter."""
    kind = sniff(content, name, allow)
    scan(content)
    drawing = picture_of(content) if kind in PICTURES else None
    return Judged(name, drawing.mimetype, drawing.content, drawing) if drawing else Judged(name, kind, content, None)


def scan(content: bytes) -> None:
    url = current_app.config["SETTINGS"].clamd_url
    if not url:
        return
    try:
        found = scanner.infection(url, content)
    except scanner.Unreachable:
        raise Refused("The file cannot be checked for viruses right now. Please try again in a few minutes.") from None
    if found:
        raise Refused("The file holds a virus and was not kept.")


def picture_of(content: bytes) -> pictures.Drawn:
    try:
        return pictures.redraw(content)
    except pictures.Damaged as error:
        raise Refused(str(error)) from None


def remove(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def new_path() -> str:
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def send(upload: Upload, thumb: bool = False) -> Response:
    """The file as a download (RFC 6266) that no browser runs or sniffs. Check before that this person may have it. 404 when it is gone."""
    small = thumb and upload.thumb
    path = upload.thumb_file if small else upload.file
    if not path.is_file():
        abort(404)
    response = send_file(
        path,
        mimetype="image/webp" if small else upload.content_type,
        as_attachment=True,
        download_name=f"{upload.name}.webp" if small else upload.name,
        conditional=True,
        etag=f"{upload.sha256[:32]}{'-thumb' if small else ''}",
        last_modified=upload.created_at,
    )
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@errand("uploads.sweep")
def sweep() -> None:
    """Remove files nobody claimed within a day, and bytes whose row was never committed."""
    rows = db.session.scalars(Upload.unclaimed().limit(500)).all()
    for row in rows:
        row.discard()
    for shelf in folder().glob("??"):
        remove(*orphans_on(shelf))


def orphans_on(shelf: Path) -> list[Path]:
    before = (datetime.now(UTC) - UNCLAIMED).timestamp()
    known = set(db.session.scalars(select(Upload.path).where(Upload.path.startswith(f"{shelf.name}/"))))
    old = [path for path in shelf.iterdir() if path.stat().st_mtime < before]
    return [path for path in old if f"{shelf.name}/{path.name.removesuffix(THUMB)}" not in known]
