"""What in the documents is made from the code: the table of settings in docs/running.md."""

from __future__ import annotations

import sys
from dataclasses import fields

from app.settings import ROOT, Settings, name_of

PAGE = ROOT / "docs" / "running.md"
BEGIN, END = "<!-- settings -->\n", "<!-- /settings -->"


def settings_table() -> str:
    rows = [f"| `{name_of(item.name)}` | {shown(item.default)} | {item.metadata['about']} |" for item in fields(Settings)]
    return "\n".join(["| setting | default | what it says |", "|---|---|---|", *rows]) + "\n"


def shown(default: object) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    text = str(default).replace(str(ROOT) + "/", "")
    return f"`{text}`" if text else ""


def with_table(page: str) -> str:
    """The page with the table of now between its marks."""
    head, _, rest = page.partition(BEGIN)
    return head + BEGIN + settings_table() + END + rest.partition(END)[2]


def main() -> int:
    PAGE.write_text(with_table(PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
