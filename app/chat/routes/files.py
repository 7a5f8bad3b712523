"""Files that came with a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from app.accounts.models import Person
from app.chat.forms import MOST_FILES
from app.lib import uploads
from app.lib.uploads import Refused, Upload


@dataclass(frozen=True)
class Files:
    """What a form brought, before it is kept."""

    given: tuple[FileStorage, ...]

    def kept(self, person: Person) -> list[Upload]:
        """Judge and keep them all. Raises Refused, naming the file, when one of them is not taken; then none is."""
        return [keep(file, person) for file in self.given]


def received(given: Sequence[FileStorage | str] | None) -> Files:
    """The files of a form field, empty ones left out. Raises Refused for too many."""
    files = tuple(file for file in given or () if isinstance(file, FileStorage) and file.filename)
    if len(files) > MOST_FILES:
        raise Refused(f"Please send at most {MOST_FILES} files at once.")
    return Files(files)


def keep(file: FileStorage, person: Person) -> Upload:
    try:
        return uploads.store(file, owner=f"pending:person:{person.id}")
    except Refused as error:
        raise Refused(f"{file.filename}: {error}") from None
