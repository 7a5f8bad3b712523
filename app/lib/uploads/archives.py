"""Archives: what a ZIP says it holds, read from its directory without unpacking anything."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Set as AbstractSet

MOST_FILES = 2000
MOST_BYTES = 300 * 1024 * 1024
MOST_TIMES = 200
NESTED = {"zip", "7z", "rar", "gz", "tgz", "bz2", "xz", "zst", "tar", "cab", "lzh", "ace", "arj", "iso"}


def look_inside(content: bytes, programs: AbstractSet[str]) -> tuple[str, list[str]]:
    """Why the archive is refused ("" when it is not) and the names in it, in their order."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        return "The archive is damaged.", []
    names = [entry.filename for entry in entries]
    return bomb(entries, len(content)) or hidden(entries) or unwanted(names, programs), names


def bomb(entries: list[zipfile.ZipInfo], size: int) -> str:
    packed, unpacked = sum(entry.compress_size for entry in entries), sum(entry.file_size for entry in entries)
    # More packed bytes than the file has: entries share their bytes, as the newer bombs do.
    if len(entries) > MOST_FILES or unpacked > MOST_BYTES or unpacked > size * MOST_TIMES or packed > size:
        return "The archive unpacks to far too much."
    return ""


def hidden(entries: list[zipfile.ZipInfo]) -> str:
    if any(entry.flag_bits & 0x1 for entry in entries):
        return "The archive is locked with a password, so nobody here can check it. Please send it unlocked."
    return ""


def unwanted(names: list[str], programs: AbstractSet[str]) -> str:
    if any(name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/") for name in names):
        return "The archive holds names that point outside of it."
    office = "[Content_Types].xml" in names or names[:1] == ["mimetype"]
    ends = {name.rpartition(".")[2].lower() for name in names if "." in name}
    if any(name.endswith("vbaProject.bin") for name in names) or (
        office and any(name.startswith(("Basic/", "Scripts/")) for name in names)
    ):
        return "The document holds macros. Please save it without them and send that."
    if not office and ends & programs:
        return "The archive holds a program, a script or a web page."
    if not office and ends & NESTED:
        return "The archive holds another archive. Please send the files themselves."
    return ""
