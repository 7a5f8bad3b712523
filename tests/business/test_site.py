"""The firm's facts: from site.toml, forgiving to pages and strict to editors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.business.colour import hue_and_chroma
from app.business.models import Site
from app.business.site import problems
from app.settings import ROOT, read

COMMITTED = (ROOT / "content/site.toml").read_text()
Write = Callable[[str], None]


@pytest.fixture
def write(app: Flask, tmp_path: Path) -> Iterator[Write]:
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = read({}, content_dir=str(tmp_path), env="test")
    yield lambda words: (tmp_path / "site.toml").write_text(words) and None
    app.config["SETTINGS"] = kept


def test_the_committed_firm_is_whole(app: Flask) -> None:
    site = Site.current()
    assert site.name == "Northlight" and len(site.offices) == 2 and re.fullmatch(r"\+\d{8,15}", site.phone.number)
    assert site.promises.reply_hours == 1
    assert list(problems()) == []
    assert Site.current() is site


def test_a_change_is_seen_at_once(write: Write) -> None:
    write(COMMITTED)
    assert Site.current().name == "Northlight"
    write(COMMITTED.replace('name = "Northlight"', 'name = "Harbour & Vale"'))
    assert Site.current().name == "Harbour & Vale"


def test_a_missing_or_broken_file_still_gives_a_site(write: Write) -> None:
    assert Site.current().name == "Frontdesk" and "missing" in next(iter(problems())).message
    write("name = ")
    assert Site.current().name == "Frontdesk"
    assert [problem.line for problem in problems()] == [1]


def test_a_slip_of_the_pen_is_named_with_its_line(write: Write) -> None:
    write(
        COMMITTED.replace("tagline =", "tagln =")
        .replace('spot = "#c8501c"', 'spot = "orange"')
        .replace("founded = 2016", 'founded = "old"')
    )
    found = [str(problem) for problem in problems()]
    lines = COMMITTED.splitlines()
    assert any("tagline is missing" in words for words in found)
    assert any("tagln is not known" in words for words in found)
    assert any(f"site.toml:{lines.index('founded = 2016') + 1}: founded should be a whole number" in words for words in found)
    assert any("brand.spot cannot be used: 'orange' is not a colour" in words for words in found)
    assert Site.current().brand.spot == hue_and_chroma("#c8501c")


@pytest.mark.parametrize(
    ("colour", "hue", "chroma"),
    [("#ff0000", 29.2, 0.17), ("#0000ff", 264.1, 0.17), ("#808080", None, 0.0), ("#154a63", 233.3, 0.069), ("#FFFFFF", None, 0.0)],
)
def test_colours_become_hue_and_strength(colour: str, hue: float | None, chroma: float) -> None:
    found_hue, found_chroma = hue_and_chroma(colour)
    assert found_chroma == pytest.approx(chroma, abs=0.002)
    assert hue is None or found_hue == pytest.approx(hue, abs=0.3)


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#12345g", "#1234567", "url(x)", "0;}body{display:none"])
def test_nothing_but_a_colour_reaches_the_style_sheet(colour: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        hue_and_chroma(colour)
