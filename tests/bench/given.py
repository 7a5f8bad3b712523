"""Folders that whoever runs the benchmarks gives: `--tree FOLDER`, `--data FOLDER`."""

from __future__ import annotations

from pathlib import Path

OPTIONS = ("--tree", "--data")
_folders: dict[str, Path] = {}


def taken(words: list[str]) -> list[str]:
    """The words without the options and their folders, which are kept. Ends with a message when a folder is not there."""
    left = list(words)
    for option in OPTIONS:
        if option in left:
            place = left.index(option)
            folder = Path(left[place + 1]) if place + 1 < len(left) else Path()
            if not (place + 1 < len(left) and folder.is_dir()):
                raise SystemExit(f"{option} needs a folder.")
            _folders[option] = folder.resolve()
            del left[place : place + 2]
    return left


def folder(option: str) -> Path | None:
    return _folders.get(option)
