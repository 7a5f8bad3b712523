"""Take a sentence model in: check that it is the one we know, make its weights small, write one file."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.lib.meaning import tensors
from app.lib.meaning.encoder import FORMAT, SCALE, VOCABULARY, Encoder, is_possible
from app.lib.meaning.numbers import numpy

if TYPE_CHECKING:
    import numpy as np

MODEL, WORDS = "model.safetensors", "vocab.txt"
# sentence-transformers/all-MiniLM-L6-v2, Apache 2.0.
PINNED = {
    MODEL: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    WORDS: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
LARGEST = 200_000_000
UNUSED = ("pooler.", "embeddings.position_ids")


class Refused(Exception):
    """Why this model is not taken, in words for whoever imports it."""


def import_model(given: Path, to: Path, pinned: Mapping[str, str] = PINNED) -> Encoder:
    """Read model.safetensors and vocab.txt from a folder, a wheel or a zip and write the small file `to`. Raises Refused."""
    if not is_possible():
        raise Refused("This needs numpy: install Frontdesk with the extra `semantic`.")
    found = {name: fetched(given, name) for name in (MODEL, WORDS)}
    for name, raw in found.items():
        if sha256(raw).hexdigest() != pinned[name]:
            raise Refused(f"{name} is not that of all-MiniLM-L6-v2: its sha256 is {sha256(raw).hexdigest()[:16]}…")
    try:
        weights = small(tensors.unpacked(memoryview(found[MODEL]))[0])
        weights[VOCABULARY] = numpy.frombuffer(found[WORDS], numpy.uint8)
        encoder = Encoder(weights, pinned[MODEL])
        tensors.write(to, weights, {"format": FORMAT, "source": pinned[MODEL]})
    except (ValueError, KeyError) as error:
        raise Refused(f"The model cannot be read: {error}") from None
    except OSError as error:
        raise Refused(f"{to} cannot be written: {error.strerror}.") from None
    return encoder


def fetched(given: Path, name: str) -> bytes:
    """The bytes of the one file of that name, at any depth. Raises Refused."""
    try:
        return in_folder(given, name) if given.is_dir() else in_archive(given, name)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Refused(f"{given} is neither a folder nor a wheel or zip that can be read ({type(error).__name__}).") from None


def in_folder(given: Path, name: str) -> bytes:
    path: Path = only([path for path in given.rglob(name) if path.is_file()], given, name)
    small_enough(path.stat().st_size, name)
    return path.read_bytes()


def in_archive(given: Path, name: str) -> bytes:
    """Only this one member is unpacked, and no more of it than its limit, whatever the archive says about sizes."""
    with zipfile.ZipFile(given) as archive:
        member = only([one for one in archive.infolist() if Path(one.filename).name == name], given, name)
        small_enough(member.file_size, name)
        with archive.open(member) as file:
            raw = file.read(LARGEST + 1)
    small_enough(len(raw), name)
    return raw


def only(found: list[Any], given: Path, name: str) -> Any:
    if len(found) != 1:
        raise Refused(f"{given} has {'no' if not found else 'more than one'} {name}.")
    return found[0]


def small_enough(size: int, name: str) -> None:
    if size > LARGEST:
        raise Refused(f"{name} has {size // 1_000_000} MB; the model has 91.")


def small(weights: tensors.Tensors) -> tensors.Tensors:
    """Matrices as int8 with a scale a row; vectors stay floats; what the encoder does not use is left out."""
    found: tensors.Tensors = {}
    for name, one in weights.items():
        name = name.removeprefix("bert.")
        if name.startswith(UNUSED):
            continue
        if one.ndim == 2:
            found[name], found[name + SCALE] = quantised(one)
        else:
            found[name] = one.astype(numpy.float32)
    return found


def quantised(matrix: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(int8, scale a row): the largest value of a row becomes 127."""
    largest = numpy.abs(matrix).max(axis=1)
    scale = (numpy.where(largest == 0, 1, largest) / 127).astype(numpy.float32)
    return numpy.rint(matrix / scale[:, None]).astype(numpy.int8), scale
