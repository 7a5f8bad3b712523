"""TLS: whom we trust when we call another machine."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """The machine's certificates, and names are checked. Read once in a process: it takes longer than most calls do."""
    return ssl.create_default_context()
