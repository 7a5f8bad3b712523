"""The lock: requirements.txt and requirements-dev.txt, for machines without uv, are exports of the uv.lock that lies beside them.

`bin/check --write` makes them anew.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.check import EXPORTS, uv


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_the_export_is_that_of_the_lock(name: str, tmp_path: Path) -> None:
    program = uv()
    if program is None:
        pytest.skip("no uv on this machine")
    made = tmp_path / name
    subprocess.run([program, *EXPORTS[name], "-o", str(made)], cwd=ROOT, check=True, capture_output=True)
    assert (ROOT / name).read_text() == made.read_text()


def test_the_lock_fits_the_project() -> None:
    program = uv()
    if program is None:
        pytest.skip("no uv on this machine")
    lock = (ROOT / "uv.lock").read_bytes()
    done = subprocess.run([program, "lock", "--check", "--offline"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ROOT / "uv.lock").read_bytes() == lock
    assert done.returncode == 0, done.stderr
