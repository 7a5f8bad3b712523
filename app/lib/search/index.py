"""The index on disk: segments, a manifest that names them, one writer at a time, any number of readers.

A full build writes one segment. A changed document becomes a small segment of its own and its old number is marked
dead; eight small segments are joined into a larger one. Readers look at the manifest's time stamp and take up what is new.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from app.lib.search.build import Averages, build
from app.lib.search.documents import Document
from app.lib.search.segment import Damaged, Segment, write
from app.lib.search.synonyms import Synonyms
from app.lib.search.view import View

JOIN = 8
LOOK_EVERY = 0.5


@dataclass
class Manifest:
    """Which segment files make up the index, and which of their documents are gone."""

    files: list[str]
    dead: list[list[int]]
    stamp: str = ""

    @classmethod
    def read(cls, path: Path) -> Manifest:
        try:
            loaded = json.loads(path.read_text())
            return cls(loaded["files"], loaded["dead"], loaded.get("stamp", ""))
        except (OSError, ValueError, KeyError):
            return cls([], [])

    def write(self, path: Path) -> None:
        write(path, json.dumps({"files": self.files, "dead": self.dead, "stamp": self.stamp}).encode())

    @property
    def version(self) -> str:
        return sha256(json.dumps([self.files, self.dead, self.stamp]).encode()).hexdigest()[:16]


class Index:
    """A searchable set of documents in a folder of its own.

    Searching is `search.find(index, …)` and `search.suggest(index, …)`; both read `view`.
    """

    def __init__(self, folder: Path, synonyms: Path | None = None) -> None:
        self.folder = folder
        self.synonyms_path = synonyms
        self._view = View()
        self._seen: tuple[int, int] | None = None
        self._looked = 0.0
        self._synonyms: tuple[int, Synonyms] = (-1, Synonyms())

    @property
    def manifest_path(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def stamp(self) -> str:
        """What the last change was made from: whatever string the caller gave it; '' when the index cannot be read."""
        manifest = Manifest.read(self.manifest_path)
        return manifest.stamp if len(self.refresh().segments) == len(manifest.files) else ""

    # Reading

    @property
    def view(self) -> View:
        """The newest state; asks the file system at most twice a second."""
        if monotonic() - self._looked > LOOK_EVERY:
            self.refresh()
        return self._view

    def refresh(self) -> View:
        """Take up a changed manifest now. A damaged or missing index is an empty one."""
        self._looked = monotonic()
        try:
            status = self.manifest_path.stat()
            seen = (status.st_mtime_ns, status.st_ino)
        except OSError:
            seen = None
        if seen != self._seen:
            self._view = self._load(Manifest.read(self.manifest_path))
            self._seen = seen
        return self._view

    def _load(self, manifest: Manifest) -> View:
        old = dict(zip(self._view.files, self._view.segments, strict=True))
        try:
            segments = tuple(old.get(name) or Segment.open(self.folder / name) for name in manifest.files)
        except (OSError, Damaged, ValueError):
            return View()
        return View(segments, tuple(map(frozenset, manifest.dead)), tuple(manifest.files), manifest.version)

    @property
    def synonyms(self) -> Synonyms:
        """The editors' synonyms, read again when the file changes."""
        if self.synonyms_path is None:
            return self._synonyms[1]
        try:
            changed = self.synonyms_path.stat().st_mtime_ns
        except OSError:
            changed = 0
        if changed != self._synonyms[0]:
            self._synonyms = (changed, Synonyms.read(self.synonyms_path))
        return self._synonyms[1]

    # Writing

    def rebuild(self, documents: Iterable[Document], stamp: str = "") -> int:
        """Build everything anew from these documents; gives their number. A later key replaces an earlier one."""
        unique = {document.key: document for document in documents}
        raw, _ = build(unique.values())
        with self._writing() as manifest:
            manifest.files, manifest.dead, manifest.stamp = [self._put(raw)], [[]], stamp
        return len(unique)

    def update(self, *documents: Document, stamp: str | None = None) -> None:
        """Add these documents or replace those with the same keys."""
        self._change([document.key for document in documents], list(documents), stamp)

    def remove(self, *keys: str, stamp: str | None = None) -> None:
        """Take these documents out; unknown keys do nothing."""
        self._change(list(keys), [], stamp)

    def _change(self, keys: list[str], documents: list[Document], stamp: str | None) -> None:
        with self._writing() as manifest:
            view = self._load(manifest)
            self._bury(manifest, view, keys)
            documents = self._gather(manifest, view) + documents
            if documents:
                averages = Averages(view.segments[0].info["averages"]) if view.segments else None
                manifest.files.append(self._put(build(documents, averages)[0]))
                manifest.dead.append([])
            manifest.stamp = manifest.stamp if stamp is None else stamp

    def _bury(self, manifest: Manifest, view: View, keys: list[str]) -> None:
        for segment, dead in zip(view.segments, manifest.dead, strict=True):
            gone = {segment.numbers[key] for key in keys if key in segment.numbers}
            dead[:] = sorted(gone.union(dead))

    def _gather(self, manifest: Manifest, view: View) -> list[Document]:
        """Take the living documents out of the small segments, once there are `JOIN` of about one size."""
        sizes = [segment.count for segment in view.segments]
        for limit in (JOIN, JOIN * JOIN, JOIN * JOIN * JOIN):
            small = [place for place, size in enumerate(sizes) if place and size < limit]
            if len(small) >= JOIN:
                break
        else:
            return []
        living = [
            document_of(view.segments[place], number)
            for place in small
            for number in range(sizes[place])
            if number not in manifest.dead[place]
        ]
        manifest.files = [name for place, name in enumerate(manifest.files) if place not in small]
        manifest.dead = [dead for place, dead in enumerate(manifest.dead) if place not in small]
        return living

    def _put(self, raw: bytes) -> str:
        name = f"{sha256(raw).hexdigest()[:24]}.seg"
        write(self.folder / name, raw)
        return name

    @contextmanager
    def _writing(self) -> Iterator[Manifest]:
        """One writer at a time over all processes; the manifest is put in place at the end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            manifest = Manifest.read(self.manifest_path)
            if not all((self.folder / name).is_file() for name in manifest.files):
                manifest = Manifest([], [])
            yield manifest
            manifest.write(self.manifest_path)
            self._sweep(set(manifest.files))
        self.refresh()

    def _sweep(self, used: set[str]) -> None:
        """Remove segments nobody names any more; a reader that still maps one keeps it until it lets go."""
        for path in self.folder.glob("*.seg"):
            if path.name not in used:
                path.unlink(missing_ok=True)


def document_of(segment: Segment, number: int) -> Document:
    """A document as it was given, from what the segment keeps of it."""
    kept: dict[str, Any] = segment.document(number)
    own = kept.pop("own")
    return replace(
        Document(kept["key"], kept["title"], kept["url"], segment.text(number), kept["summary"]),
        headings=tuple((anchor, line) for anchor, line in own["headings"]),
        questions=tuple(own["questions"]),
        keywords=tuple(own["keywords"]),
        facets={name: tuple(values) for name, values in kept["facets"].items()},
        boost=float(segment.boosts[number]),
        data=kept["data"],
    )
