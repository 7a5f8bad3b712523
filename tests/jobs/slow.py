"""A WSGI app that takes its time and says which process answered."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any


def app(_environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    time.sleep(0.3)
    start("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
