"""placeholder"""

from __future__ import annotations

from collections.abc import Iterator

from app.help.library import catalog
from app.lib.content import Problem

ERROR, ADVICE = "error", "advice"


def findings() -> Iterator[tuple[str, Problem]]:
    for problem in catalog().problems:
        yield ERROR, problem
