"""Arrays in a file, in the safetensors format: 8 bytes length, a JSON table (name -> dtype, shape, offsets), then the raw numbers.

The format is that of https://huggingface.co/docs/safetensors (little-endian, no code in it). Our own file is written in it too.
"""

from __future__ import annotations

import json
import mmap
import os
import tempfile
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.lib.meaning.numbers import numpy

if TYPE_CHECKING:
    import numpy as np

KINDS = {"F32": "<f4", "I8": "i1", "U8": "u1", "I64": "<i8"}
LONGEST_TABLE = 10_000_000
META = "__metadata__"

Tensors = dict[str, "np.ndarray[Any, Any]"]


def mapped(path: Path) -> tuple[Tensors, dict[str, str]]:
    """(arrays by name, metadata) of a file. The arrays are read-only views of the mapped file: processes share its pages.

    Raises ValueError for a file that is no such file or is damaged, OSError when it cannot be read."""
    with path.open("rb") as file:
        raw = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return unpacked(raw)


def unpacked(raw: memoryview) -> tuple[Tensors, dict[str, str]]:
    """(arrays by name, metadata) of the bytes of a file. Raises ValueError."""
    size = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 or size > min(LONGEST_TABLE, len(raw) - 8):
        raise ValueError("This is no safetensors file.")
    try:
        table = json.loads(bytes(raw[8 : 8 + size]))
        metadata = table.pop(META, {})
        return {name: array(raw[8 + size :], **row) for name, row in table.items()}, metadata
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"This safetensors file is damaged ({type(error).__name__}).") from None


def array(body: memoryview, dtype: str, shape: list[int], data_offsets: list[int]) -> np.ndarray[Any, Any]:
    first, last = data_offsets
    kind = numpy.dtype(KINDS[dtype])
    if not 0 <= first <= last <= len(body) or last - first != prod(shape) * kind.itemsize:
        raise ValueError("The table of this safetensors file does not fit its numbers.")
    return numpy.frombuffer(body[first:last], kind).reshape(shape)


def write(path: Path, tensors: Tensors, metadata: dict[str, str]) -> None:
    """Put the arrays at `path` all at once: whoever reads sees the old file or the new one. Raises OSError."""
    kinds = {numpy.dtype(code): name for name, code in KINDS.items()}
    table: dict[str, Any] = {META: metadata}
    at = 0
    for name, one in tensors.items():
        table[name] = {"dtype": kinds[one.dtype], "shape": list(one.shape), "data_offsets": [at, at + one.nbytes]}
        at += one.nbytes
    head = json.dumps(table).encode()
    head += b" " * (-len(head) % 8)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(len(head).to_bytes(8, "little") + head)
            for one in tensors.values():
                file.write(numpy.ascontiguousarray(one).tobytes())
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
