"""Types are files: what they may say, and what an editor is told when they say something else."""

from __future__ import annotations

import pytest

from app.consults.models import find_type, offered_types
from app.consults.typefile import problems
from tests.consults.conftest import WriteType


def test_a_file_becomes_a_type(write_type: WriteType) -> None:
    write_type(
        "review",
        title="Practice review",
        minutes="45 minutes",
        every=30,
        before=10,
        after="15 minutes",
        notice="1 day",
        ahead="3 weeks",
        professions=["Therapist"],
        hosts=["growth"],
        where=["video", "office"],
        questions=[{"name": "size", "ask": "How many clients?", "kind": "number", "least": 0, "required": True}],
        no_shows={"after": 2, "then": "block"},
        reminders=["2 days", 30],
    )
    kind = find_type("review")
    assert kind is not None and not list(problems())
    assert (kind.minutes, kind.rules.step, kind.rules.before, kind.rules.after) == (45, 30, 10, 15)
    assert (kind.rules.notice, kind.rules.window_days, kind.reminders) == (1440, 21, (30, 2880))
    assert (kind.no_shows, kind.then, kind.questions[0].kind) == (2, "block", "number")
    assert "<p>What we talk about.</p>" in kind.description


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"minutes": 17}, "minutes"),
        ({"notice": "soon"}, "notice"),
        ({"where": ["moon"]}, "where"),
        ({"assign": "set"}, "needs"),
        ({"needs": {"therapist": 2}, "assign": "any"}, "needs"),
        ({"questions": [{"name": "a", "ask": "?"}, {"name": "a", "ask": "?"}]}, "questions"),
        ({"questions": [{"name": "Bad name", "ask": "?"}]}, "name"),
        ({"questions": [{"name": "a", "ask": "?", "kind": "choice"}]}, "choices"),
        ({"questions": [{"name": "a", "kind": "text"}]}, "ask"),
        ({"questions": "none"}, "questions"),
        ({"provider": {"name": "calendly", "url": "http://calendly.com/x"}}, "url"),
        ({"provider": {"name": "doodle", "url": "https://x.example"}}, "name"),
        ({"ahead": "500 days"}, "ahead"),
        ({"series": 60}, "series"),
        ({"colour": "red"}, "colour"),
        ({"per_day": 0}, "per_day"),
        ({"no_shows": {"after": 0}}, "after"),
        ({"title": None}, "title"),
    ],
)
def test_a_file_that_cannot_be_is_left_out_and_named(write_type: WriteType, wrong: dict[str, object], words: str) -> None:
    write_type("broken", **wrong)
    assert find_type("broken") is None and find_type("intro") is not None
    assert any(words in problem.message and problem.path.endswith("broken.md") for problem in problems())


def test_a_file_with_a_fault_in_its_yaml_is_left_out(write_type: WriteType, app: object, tmp_path: object) -> None:
    write_type("fine")
    (tmp_path / "consults" / "odd.md").write_text("---\ntitle: [oops\n---\n")  # type: ignore[operator]
    assert {kind.slug for kind in offered_types()} == {"fine", "intro"}
    assert [problem.path for problem in problems()] == ["consults/odd.md"]


def test_a_profession_sees_its_own_types_first_and_never_anothers(write_type: WriteType) -> None:
    write_type("therapy", professions=["therapist"], order=200)
    write_type("medicine", professions=["physician"])
    write_type("hidden", listed=False)
    assert [kind.slug for kind in offered_types("therapist")] == ["therapy", "intro"]
    assert [kind.slug for kind in offered_types()] == ["intro", "medicine", "therapy"] or len(offered_types()) == 3
