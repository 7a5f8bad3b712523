"""numpy where the extra `semantic` is installed, else None."""

from __future__ import annotations

import os

# One sentence is too little work for several threads: on a busy machine they wait for each other twenty times longer than they compute.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]

__all__ = ["numpy"]
