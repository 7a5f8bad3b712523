"""Who looks after what: content/OWNERS, in the manner of a CODEOWNERS file. The last line that fits wins.

help/*                          client-success
help/security-and-compliance/*  security
faq/payments.md                 billing
"""

from __future__ import annotations

from fnmatch import fnmatch

from app.lib import content

Rules = list[tuple[str, str]]


def owner_rules() -> Rules:
    """(pattern, owner) for each line of content/OWNERS; nothing when there is no such file."""
    path = content.root() / "OWNERS"
    if not path.is_file():
        return []
    lines = (line.partition("#")[0].split() for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return [(words[0].lstrip("/"), words[1].lstrip("@")) for words in lines if len(words) > 1]


def owner_of(path: str, rules: Rules) -> str:
    """The owner of a path such as `help/basics/a.md`; '' when no line fits."""
    return next((owner for pattern, owner in reversed(rules) if fnmatch(path, pattern) or fnmatch(path, f"{pattern.rstrip('/')}/*")), "")
