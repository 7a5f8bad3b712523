"""numpy where the extra `semantic` is installed; None elsewhere. It is read at its first use: most sites never need its 18 MB."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

# One sentence is too little work for several threads: on a busy machine they wait for each other twenty times longer than they compute.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class Later:
    """A module that is imported when somebody wants something of it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, wanted: str) -> Any:
        return getattr(import_module(self.name), wanted)


if TYPE_CHECKING:
    import numpy
else:
    numpy = Later("numpy") if find_spec("numpy") else None

__all__ = ["numpy"]
