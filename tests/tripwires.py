"""Tripwires: a process of a running site is killed at an exact place in its code, once. The places stand in wires/sitecustomize.py."""

from __future__ import annotations

from pathlib import Path

from app.settings import ROOT


class Tripwires:
    """The wires of one site: give `settings` to it when it is started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "wires"
        self.folder.mkdir()
        self.settings = {"TRIPWIRES": str(self.folder), "PYTHONPATH": str(ROOT / "tests" / "wires")}

    def lay(self, program: str, place: str) -> None:
        """The next process of `program` (`gunicorn`, `jobs.worker`) that comes to `place` (`Payment.hear@after`) dies there."""
        (self.folder / f"{program}@{place}").touch()

    def tripped(self) -> bool:
        """Whether every wire has had its victim."""
        return not any(self.folder.iterdir())

    def clear(self) -> None:
        for wire in self.folder.iterdir():
            wire.unlink()
