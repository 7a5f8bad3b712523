"""A time budget that a parser asks for leave to go on."""

from __future__ import annotations

from time import monotonic


class Overtime(Exception):
    """The text took longer to render than it may."""


class Budget:
    """Seconds of wall time; `check` raises `Overtime` when they are spent."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.start()

    def start(self) -> None:
        """Begin counting anew."""
        self.deadline = monotonic() + self.seconds

    def check(self) -> None:
        """Raise `Overtime` once the deadline has passed."""
        if monotonic() > self.deadline:
            raise Overtime(f"rendering took more than {self.seconds:g} s")
