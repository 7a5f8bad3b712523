"""Loaded at the start of every Python process of a site under fire, through PYTHONPATH: lays the wires of tests/tripwires.py.

A wire is an empty file in the folder TRIPWIRES; whoever comes to its place and gets to remove it dies there, as by kill -9.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(os.environ["TRIPWIRES"])
PLACES = {
    "app.checkout.deliveries": ("WebhookDelivery.apply",),
    "app.checkout.payments": ("Payment.begin", "Payment.hear"),
    "app.checkout.till": ("begun",),
    "app.lib.deliveries": ("Delivered.store",),
    "app.lib.outbox": ("nudge",),
}


def pass_by(place: str) -> None:
    """Die here if a wire for this program is laid."""
    program = Path("/proc/self/cmdline").read_text().replace("\0", " ")
    for wire in FOLDER.glob(f"*@{place}"):
        if wire.name.partition("@")[0] in program:
            with suppress(FileNotFoundError):
                wire.unlink()
                os.kill(os.getpid(), signal.SIGKILL)


def wired(call: Callable[..., Any], place: str) -> Callable[..., Any]:
    @wraps(call)
    def run(*args: Any, **more: Any) -> Any:
        pass_by(f"{place}@before")
        done = call(*args, **more)
        pass_by(f"{place}@after")
        return done

    return run


class Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        for place in PLACES[module.__name__]:
            owner, _, name = place.rpartition(".")
            holder = getattr(module, owner) if owner else module
            found = vars(holder)[name]
            if isinstance(found, classmethod):
                setattr(holder, name, classmethod(wired(found.__func__, place)))
            else:
                setattr(holder, name, wired(found, place))


class Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name in PLACES else None
        if spec is not None and spec.origin:
            spec.loader = Loader(name, spec.origin)
        return spec


sys.meta_path.insert(0, Finder())
