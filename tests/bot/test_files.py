"""Editors' files: what the linter refuses, and that a broken file stops nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.bot import flows, house, intents

FEW = '---\ntitle: Few\nask: ["one phrasing"]\n---\nAn answer.\n'


@pytest.fixture
def place(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """An empty content folder."""
    before = app.config["SETTINGS"]
    for name in ("intents", "flows"):
        (tmp_path / "bot" / name).mkdir(parents=True)
    app.config["SETTINGS"] = replace(before, content_dir=str(tmp_path))
    yield tmp_path / "bot"
    app.config["SETTINGS"] = before


def flow(place: Path, steps: str) -> list[str]:
    (place / "flows" / "one.yml").write_text(f"title: One\nsteps:\n{steps}")
    return [problem.message for problem in flows.problems()]


def test_an_intent_has_five_phrasings_and_something_to_say(place: Path) -> None:
    (place / "intents" / "few.md").write_text(FEW)
    (place / "intents" / "mute.md").write_text("---\ntitle: Mute\nask: [a b, c d, e f, g h, i j]\nflow: gone\nodd: 1\n---\n")
    found = [str(problem) for problem in intents.problems()]
    assert any("bot/intents/few.md:3" in line and "5 to 15 phrasings" in line for line in found)
    assert any("no flow 'gone'" in line for line in found) and any("no key 'odd'" in line for line in found)


def test_two_intents_that_ask_the_same_are_named(place: Path) -> None:
    lines = [f"how do i change my {thing}" for thing in ("card", "bank", "name", "plan", "seat")]
    for name in ("first", "second"):
        (place / "intents" / f"{name}.md").write_text(f"---\ntitle: {name}\nask: {lines}\n---\nAn answer.\n")
    assert any("make the two differ" in problem.message for problem in intents.problems())


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ("  start: {say: Hello, choices: [{label: Go, to: gone}]}\n", "leads to 'gone'"),
        ("  start: {say: Hello, to: second}\n  second: {say: Again, to: start}\n", "nothing leads to an end"),
        ("  first: {say: Hello}\n", "no step 'start'"),
        ("  start: {}\n", "says nothing"),
        ("  start: {say: Hello, call: fly}\n", "calls 'fly'"),
        ("  start: {say: Hello, collect: {name: a, kind: shoe}, to: start2}\n  start2: {say: Done}\n", "collects the kind 'shoe'"),
        ("  start: {say: Hello, collect: {name: a, kind: email}}\n", "leads nowhere"),
        (
            "  start: {say: 'How many?', collect: {name: n, kind: number}, to: two}\n"
            "  two: {if: [{name: n, over: 5, to: end}]}\n  end: {say: Done}\n",
            "no `to` for everything else",
        ),
        ("  start: {if: [{name: n, is: a, to: end}], to: end}\n  end: {say: Done}\n", "looks at 'n', which no step collects"),
        ("  start: {say: Hi, if: [{name: n, is: a, to: end}], to: end}\n  end: {say: Done}\n", "cannot say"),
        ("  start: {if: [{name: n, like: a, to: end}], to: end}\n  end: {say: Done}\n", "compares with none"),
        ("  start: {if: [{name: n, is: a, to: gone}], to: end}\n  end: {say: Done}\n", "leads to 'gone'"),
        (
            "  start: {if: [{name: n, is: a, to: two}], to: end}\n  two: {if: [{name: n, is: a, to: start}], to: end}\n"
            "  end: {say: Done}\n",
            "branches lead in a circle",
        ),
        ("  start: {say: Read this, article: no-such-article}\n", "no article that everybody can read"),
        ("  start: [\n", "Not valid YAML"),
        ("  - a\n", "Not a flow"),
    ],
)
def test_a_flow_with_a_fault_is_named_with_its_file(place: Path, steps: str, fault: str) -> None:
    assert any(fault in message for message in flow(place, steps))


def test_a_broken_file_leaves_the_others_working(place: Path) -> None:
    (place / "intents" / "broken.md").write_text("---\ntitle: [\n---\n")
    (place / "intents" / "few.md").write_text(FEW)
    flow(place, "  start: [\n")
    assert list(intents.intents()) == ["few"] and flows.flows() == {}


def test_a_wrong_setting_of_the_house_is_named(place: Path) -> None:
    (place / "bot.toml").write_text('answers = "sometimes"\nvoice = "soft"\n')
    assert {problem.message for problem in house.problems()} == {"There is no setting 'voice'.", "answers is one of always, open, shut."}


BRANCHES = """title: Seats
steps:
  start: {say: "How many are you?", collect: {name: seats, kind: number}, to: sort}
  sort:
    if:
      - {name: seats, over: 10, to: many}
      - {name: seats, is: "1", to: alone}
    to: some
  alone: {say: Alone.}
  some: {say: "A few, {seats}."}
  many: {say: "What is your field?", collect: {name: field, kind: text}, to: field}
  field: {if: [{name: field, has: clinic, to: clinic}], to: some}
  clinic: {say: "A clinic of {seats}."}
"""


@pytest.mark.parametrize(
    ("answers", "step"),
    [
        (["1"], "alone"),
        (["we are 7"], "some"),
        (["1,200 people", "A day clinic"], "clinic"),
        (["11", "consulting"], "some"),
        (["10"], "some"),
    ],
)
def test_a_flow_branches_on_what_was_told(place: Path, answers: list[str], step: str) -> None:
    (place / "flows" / "seats.yml").write_text(BRANCHES)
    assert list(flows.problems()) == []
    at = flows.Place("seats", "start", {})
    for answer in answers:
        onward, complaint = flows.onward(at, answer)
        assert onward is not None and complaint == ""
        at = onward
    assert at.step == step


def test_a_circle_of_questions_that_has_a_way_out_is_fine(place: Path) -> None:
    assert flow(place, "  start: {say: 'Again?', choices: [{label: Yes, to: start}, {label: No, to: end}]}\n  end: {say: Done}\n") == []
    assert [label for label, _ in flows.flows()["one"].steps["start"].choices] == ["Yes", "No"]


def test_an_intent_may_only_lead_to_what_everybody_can_read(place: Path) -> None:
    (place / "intents" / "one.md").write_text(
        "---\ntitle: One\nask: [a b, c d, e f, g h, i j]\narticle: no-such-article\n---\nAn answer.\n"
    )
    assert any("that everybody can read" in problem.message for problem in intents.problems())
