"""Names of files: what somebody's computer called it, made safe to store, show and offer for download."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST = 120
# Windows cannot open these, whatever the extension.
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(name: str, extensions: tuple[str, ...]) -> str:
    """The name without folders, control or direction characters, at most 120 characters, ending in one of `extensions`."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C" and letter not in '<>:"|?*%;')
    kept = re.sub(r"\s+", " ", kept).strip(" .")
    if not kept or RESERVED.fullmatch(kept):
        kept = f"file {kept}".strip()
    path = PurePosixPath(kept)
    ending = path.suffix[1:].lower() if path.suffix[1:].lower() in extensions else extensions[0]
    stem = path.stem if path.suffix[1:].lower() == ending else kept
    return f"{stem[: LONGEST - len(ending) - 1].rstrip(' .')}.{ending}"
