"""The floors: drawn in docs/house.md, walked by create_app, held by import-linter. All three must say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import app
from app.settings import ROOT

SLICES = [name for floor in app.FLOORS for name in floor]


def contracted() -> list[list[str]]:
    """The floors of the import-linter contract, lowest first, without the ground."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    return [re.findall(r"app\.(\w+)", layer) for layer in reversed(layers)][1:]


def test_the_contract_has_the_floors_that_the_app_walks() -> None:
    assert [sorted(floor) for floor in contracted()] == [sorted(floor) for floor in app.FLOORS]


def test_the_drawing_in_the_house_shows_each_slice_on_its_floor() -> None:
    drawing = (ROOT / "docs" / "house.md").read_text()
    for number, floor in enumerate(app.FLOORS, start=1):
        row = next(line for line in drawing.splitlines() if line.startswith(f"floor {number} "))
        assert not [name for name in floor if name not in row]


def test_every_folder_of_the_app_is_a_slice_or_the_ground() -> None:
    folders = {path.name for path in Path(app.__path__[0]).iterdir() if (path / "__init__.py").exists()}
    assert folders <= {*SLICES, "lib"}
