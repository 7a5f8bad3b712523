"""Hours as people type them: "9:00-12:30, 1:30 pm - 5 pm", and back."""

from __future__ import annotations

import re
from itertools import pairwise

MOST = 8
TIME = r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap]m)?"
SPAN = re.compile(rf"\s*{TIME}\s*(?:-|–|—|to)\s*{TIME}\s*", re.IGNORECASE)


class Unreadable(ValueError):
    """These are no hours; the words say what would be."""


def read_windows(words: str) -> list[tuple[int, int]]:
    """Windows in minutes since midnight, sorted; nothing for "closed" and for no words. An end at or before its start is the next day.

    Raises Unreadable for what is no hours, and for windows that overlap.
    """
    plain = words.strip().lower()
    if plain in {"", "-", "closed", "none"}:
        return []
    windows = sorted(read_window(part) for part in re.split(r"[,;]|\band\b", plain) if part.strip())
    if len(windows) > MOST:
        raise Unreadable(f"At most {MOST} windows a day.")
    for (start, end), (following, _) in pairwise(windows):
        if following < (end if end > start else end + 1440):
            raise Unreadable("Two windows overlap.")
    return windows


def read_window(part: str) -> tuple[int, int]:
    found = SPAN.fullmatch(part)
    if not found:
        raise Unreadable("Write hours such as 9:00-12:30, 13:30-17:00, or leave it empty.")
    first, rest, half, last, last_rest, last_half = found.groups()
    start = minute(first, rest, half or early(first, last, last_half))
    end = minute(last, last_rest, last_half)
    if start == 1440:
        raise Unreadable("A window begins before midnight.")
    return start, end


def early(first: str, last: str, last_half: str | None) -> str | None:
    """The half of the day of a start that has none: that of the end in "1 - 5 pm", none in "11 - 5 pm"."""
    return last_half if last_half and int(first) % 12 < int(last) % 12 else None


def minute(hour: str, rest: str | None, half: str | None) -> int:
    h, m = int(hour), int(rest or 0)
    if half:
        if not 1 <= h <= 12:
            raise Unreadable("With am and pm the hours go from 1 to 12.")
        h = h % 12 + (12 if half == "pm" else 0)
    if m > 59 or h * 60 + m > 1440:
        raise Unreadable("The hours of a day go from 0:00 to 24:00.")
    return h * 60 + m


def write_windows(windows: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> str:
    """Such as "9:00-12:30, 13:30-17:00"."""
    return ", ".join(f"{write_minute(start)}-{write_minute(end)}" for start, end in sorted(windows))


def write_minute(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"
