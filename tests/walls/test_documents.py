"""The documents say what the code does."""

from __future__ import annotations

import re

from app.settings import KNOWN_ELSEWHERE, ROOT
from tests.documents import PAGE, with_table


def test_the_table_of_settings_is_that_of_the_code() -> None:
    assert PAGE.read_text() == with_table(PAGE.read_text()), "bin/check --write makes it anew"


def test_every_other_variable_is_described() -> None:
    assert [name for name in sorted(KNOWN_ELSEWHERE) if f"`{name}`" not in PAGE.read_text()] == []


def test_links_between_documents_lead_somewhere() -> None:
    missing, not_yet = [], ROOT / "docs" / "live.md"
    for path in [*sorted((ROOT / "docs").rglob("*.md")), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text()):
            if not (path.parent / target).exists() and path.parent / target != not_yet:
                missing.append(f"{path.relative_to(ROOT)} links to {target}")
    assert missing == []
