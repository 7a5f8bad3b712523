"""Where articles come from: content/help, and further trees mounted beside it; and the addresses they get."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from app.help.models.articles import Category
from app.lib import content
from app.lib.search.words import fold

OWN = "help"
NOT_A_LETTER = re.compile(r"[^a-z0-9]+")
SUFFIXES = (".md", ".markdown")
SKIPPED = {"license", "code_of_conduct", "contributing", "changelog", "pull_request_template"}


@dataclass(frozen=True)
class Mount:
    """A tree of markdown. The own one keeps its folders as categories; any other is one category of its own."""

    name: str
    folder: Path

    @property
    def own(self) -> bool:
        return self.name == OWN


def mounts() -> list[Mount]:
    """The firm's own articles first, then what FRONTDESK_HELP_MOUNTS names; folders that are not there are left out."""
    found = [Mount(OWN, content.root() / "help")]
    taken = {category.slug for category in own_categories()} | {OWN, "faq", "search", "suggestions", "media"}
    for place in filter(None, current_app.config["SETTINGS"].help_mounts.split(":")):
        folder = Path(place).resolve()
        name = fresh(slugified(folder.name) or "mount", taken)
        found.append(Mount(name, folder))
    return [mount for mount in found if mount.folder.is_dir()]


def own_categories() -> list[Category]:
    """The shelves as content/help/categories.toml lists them."""
    rows = content.table("help/categories.toml").get("categories", [])
    known = [row for row in rows if isinstance(row, dict) and row.get("slug")]
    return [
        Category(
            str(row["slug"]),
            str(row.get("title", row["slug"])),
            str(row.get("description", "")),
            str(row.get("icon", "book-open")),
            number,
        )
        for number, row in enumerate(known)
    ]


def files(mount: Mount) -> Iterator[tuple[Path, str, int, int]]:
    """(path, path inside the mount, time of change in ns, size) of every markdown file, folders in order."""
    for entry, inside in below(str(mount.folder), ""):
        if entry.is_file() and not leads_out(mount, entry):
            status = entry.stat()
            yield Path(entry.path), inside, status.st_mtime_ns, status.st_size


def links_out(mount: Mount) -> list[Path]:
    """What is left out because it is a link to somewhere else: it could publish any file of this machine."""
    return [Path(entry.path) for entry, _ in below(str(mount.folder), "") if leads_out(mount, entry)]


def leads_out(mount: Mount, entry: os.DirEntry[str]) -> bool:
    """Whether it is a link to a place outside the mount, or to something hidden in it."""
    if not entry.is_symlink():
        return False
    root, there = mount.folder.resolve(), Path(entry.path).resolve()
    return not there.is_relative_to(root) or any(part.startswith(".") for part in there.relative_to(root).parts)


def below(folder: str, inside: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """What is named like markdown, with its path inside the mount. Links to folders are not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(("_", ".")) and not (entry.name.startswith("_") and entry.is_dir()):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from below(entry.path, f"{inside}{entry.name}/")
        elif entry.name.lower().endswith(SUFFIXES):
            yield entry, inside + entry.name


def slugified(name: str) -> str:
    """`Zoë's café 2` -> `zoe-s-cafe-2`; letters that cannot be folded to ASCII are dropped."""
    return NOT_A_LETTER.sub("-", fold(name.lower())).strip("-")


def address(mount: Mount, inside: str) -> tuple[str, str]:
    """(category, slug) of a file by its path in the mount. `index` and `README` stand for their folder."""
    stem = inside.rpartition(".")[0] if inside.lower().endswith(SUFFIXES) else inside
    parts = [slugified(part.removesuffix(".html")) or "page" for part in stem.split("/")]
    if len(parts) > 1 and parts[-1] in {"index", "readme"}:
        parts.pop()
    if not mount.own:
        return mount.name, "/".join(parts)
    return (parts[0], "/".join(parts[1:])) if len(parts) > 1 else ("more", parts[0])


def fresh(slug: str, taken: set[str]) -> str:
    """The slug, or with the first number that makes it unique; it is then taken."""
    number, wanted = 1, slug
    while wanted in taken:
        number += 1
        wanted = f"{slug}-{number}"
    taken.add(wanted)
    return wanted


def humanised(slug: str) -> str:
    return slug.replace("-", " ").replace("_", " ").strip().capitalize()
