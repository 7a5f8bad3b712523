"""A firm with content of its own for each test: files are written, the help center is asked."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.help import library
from app.help.library import Library
from app.lib import pagecache

SHELVES = (
    '[[categories]]\nslug = "basics"\ntitle = "Basics"\ndescription = "First things."\n\n[[categories]]\nslug = "more"\ntitle = "More"\n'
)


class Place:
    """A content folder, mounted trees beside it, and the app over them."""

    def __init__(self, folder: Path, app: Flask) -> None:
        self.folder = folder
        self._app, self._ready = app, False
        self.content = folder / "content"
        self.mounts: list[Path] = []
        (self.content / "help" / "basics").mkdir(parents=True)
        (self.content / "help" / "categories.toml").write_text(SHELVES)

    def article(self, path: str, body: str = "Words.", **meta: object) -> Path:
        """Write an article of the firm's own tree; what is not said is filled in."""
        name = Path(path).stem
        known = {"id": f"{name}-id", "title": name.replace("-", " ").capitalize(), "description": "About it.", "owner": "team"}
        known |= {"review_by": "2030-01-01", **{key: value for key, value in meta.items() if value is not None}}
        for key in [key for key, value in meta.items() if value is None]:
            known.pop(key, None)
        head = "".join(f"{key}: {value}\n" for key, value in known.items())
        return self.file(f"help/{path}", f"---\n{head}---\n{body}\n")

    def file(self, path: str, words: str | bytes) -> Path:
        """Write any file of the content folder."""
        file = self.content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(words.encode() if isinstance(words, str) else words)
        return file

    def mount(self, name: str) -> Path:
        """A further tree of markdown."""
        folder = self.folder / name
        folder.mkdir()
        self.mounts.append(folder)
        return folder

    def git(self, *words: str) -> None:
        """Run git in the content folder as a fixed author."""
        who = ["-c", "user.name=Edith Editor", "-c", "user.email=edith@northlight.example", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(self.content), *who, *words], check=True, capture_output=True)

    def commit(self, words: str) -> None:
        if not (self.content / ".git").exists():
            self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", words)

    @property
    def app(self) -> Flask:
        """The app over this place, from the first use on."""
        if not self._ready:
            self._ready = True
            mounts = ":".join(map(str, self.mounts))
            settings = {"content_dir": str(self.content), "help_mounts": mounts, "instance_dir": str(self.folder / "instance")}
            self._app.config["SETTINGS"] = replace(self._app.config["SETTINGS"], **settings)
            with self._app.app_context():
                library.init_app(self._app)
            pagecache.forget(self._app)
        return self._app

    @property
    def library(self) -> Library:
        found: Library = self.app.extensions["help"]
        return found

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def refresh(self) -> None:
        """Take up changed files now."""
        with self.app.app_context():
            self.library.refresh()

    def problems(self) -> list[str]:
        """What the catalogue complains about, as `path:line: words`."""
        with self.app.app_context():
            return [str(problem) for problem in self.library.refresh().problems]


@pytest.fixture
def place(app: Flask, tmp_path: Path) -> Iterator[Place]:
    settings, demo = app.config["SETTINGS"], app.extensions["help"]
    yield Place(tmp_path, app)
    app.config["SETTINGS"], app.extensions["help"] = settings, demo
    pagecache.forget(app)
