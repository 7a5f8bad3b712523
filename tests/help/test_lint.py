"""The linter: what it refuses, what it advises, with file and line and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.help import commands, furniture, lint
from app.help.lint import kept
from app.lib import clock
from tests.places import Place

pytestmark = pytest.mark.one_database

GOOD = "A short text.\n\n[Other](other.md)\n"


def found(place: Place, kind: str = "") -> list[str]:
    with place.app.app_context():
        return [str(problem) for name, problem in lint.findings() if not kind or name == kind]


def pair(place: Place, body: str = GOOD, **meta: object) -> None:
    place.article("basics/a.md", body, related="[other-id]", **meta)
    place.article("basics/other.md", "Back to [a](a.md).")


def test_good_content_has_no_finding(place: Place) -> None:
    pair(place)
    assert found(place) == []


HEAD = 7 + 2
CASES = [
    ("See [x](nowhere.md).", f"a.md:{HEAD}: There is no article nowhere.md."),
    ("\n\nSee [x](nowhere.md).", f"a.md:{HEAD + 2}: There is no article nowhere.md."),
    ("See [x](other.md#nope).", f"a.md:{HEAD}: There is no heading #nope in other.md."),
    ("See [x](#nope).", f"a.md:{HEAD}: There is no heading #nope in this file."),
    ("See [x](/help/basics/nope).", f"a.md:{HEAD}: There is no page /help/basics/nope."),
    ("![Pic](no.png)", f"a.md:{HEAD}: There is no picture no.png."),
    ("![](no.png)", f"a.md:{HEAD}: The picture no.png has no words"),
    ("![x](https://cdn.example/x.png)", f"a.md:{HEAD}: The picture https://cdn.example/x.png comes from another host"),
    ("See [list](list.pdf).", f"a.md:{HEAD}: There is no file list.pdf."),
    ("## One\n\n#### Deep", f"a.md:{HEAD + 2}: The heading “Deep” jumps from level 2 to 4."),
    ("## One\n\n# Two", f"a.md:{HEAD + 2}: Only the title is a first-level heading"),
    ("<iframe src=x></iframe>", f"a.md:{HEAD}: <iframe> is not allowed"),
    ("Hello {{ name }}", f"a.md:{HEAD}: Template commands are shown as they stand"),
    ("Write to bob@realmail.com", f"a.md:{HEAD}: An e-mail address at realmail.com"),
    ("Call 415-867-5309 now", f"a.md:{HEAD}: This looks like somebody's phone number."),
    ("Born 03/04/1981 in town", f"a.md:{HEAD}: This looks like somebody's date of birth."),
    ("Key AKIAIOSFODNN7EXAMPLE", f"a.md:{HEAD}: This looks like a key or a password."),
]


@pytest.mark.parametrize(("body", "words"), CASES)
def test_it_refuses(place: Place, body: str, words: str) -> None:
    pair(place, body)
    assert any(words in line for line in found(place, "error")), found(place)


ADVICE = [
    ("See [here](other.md).", "The link “here” does not say where it leads."),
    ("word " * 130, "This paragraph has 130 words"),
    ("This sentence goes " + "on and " * 20 + "on.", "The sentence “This sentence goes on and …”"),
]


@pytest.mark.parametrize(("body", "words"), ADVICE)
def test_it_advises(place: Place, body: str, words: str) -> None:
    pair(place, body)
    assert any(words in line for line in found(place, "advice")) and not found(place, "error")


@pytest.mark.parametrize("body", ["```\n{{ x }} <iframe> a@b.com.example\n```", "`{{ x }}` and `<iframe>`", "<!-- <iframe> -->"])
def test_code_is_left_alone(place: Place, body: str) -> None:
    pair(place, body + "\n\n[Other](other.md)")
    assert found(place) == []


META = [
    ({"owner": None}, "a.md:1: `owner` is missing."),
    ({"description": None}, "`description` is missing."),
    ({"id": "No Good"}, "The id must be small letters"),
    ({"title": "x" * 71}, "The title has 71 characters"),
    ({"audience": "friends"}, "`audience: friends` is not known; use public, client, staff."),
    ({"review_by": "next week"}, "`review_by: next week` is not a date"),
    ({"sttus": "draft"}, "a.md:8: `sttus` is not a key we know; did you mean `status`?"),
    ({"downloads": "[{title: x}]"}, "`downloads` needs `file`"),
    ({"video": "{src: media/x.mp4}"}, "There is no file media/x.mp4 under content/help."),
    ({"video": "{src: media/x.mp4}"}, "The film has no captions."),
    ({"guide": "true"}, "A guide needs headings like"),
    ({"category": "nowhere"}, "`nowhere` is no category of categories.toml."),
]


@pytest.mark.parametrize(("meta", "words"), META)
def test_front_matter_is_checked(place: Place, meta: dict[str, object], words: str) -> None:
    pair(place, **meta)
    assert any(words in line for line in found(place)), found(place)


def test_two_articles_may_not_share_id_title_or_alias(place: Place) -> None:
    place.article("basics/a.md", id="same", title="Same", aliases="[/help/basics/b]")
    place.article("basics/b.md", id="same", title="Same")
    lines = "\n".join(found(place, "error"))
    assert "The id `same` is already used" in lines and "is also the title of help/basics/a.md" in lines
    assert "The alias /help/basics/b belongs to help/basics/b.md" in lines


def test_a_published_article_does_not_link_to_a_draft(place: Place) -> None:
    place.article("basics/a.md", "[d](d.md)")
    place.article("basics/d.md", status="draft")
    assert any("d.md is not published (draft)." in line for line in found(place, "error"))


def test_overdue_reviews_and_orphans_are_told(place: Place) -> None:
    place.article("basics/a.md", review_by=date(2020, 1, 1))
    lines = "\n".join(found(place, "advice"))
    assert "The review was due on 2020-01-01 (team)." in lines and "No other article leads here." in lines


def test_readers_are_warned_a_month_after_the_review_was_due(place: Place) -> None:
    place.article("basics/a.md", review_by=clock.now().date())
    assert "Nobody has looked over" not in place.client().get("/help/basics/a").text
    place.article("basics/b.md", review_by=date(2020, 1, 1))
    place.refresh()
    assert "Nobody has looked over" in place.client().get("/help/basics/b").text


def test_owners_come_from_the_map_when_the_article_names_none(place: Place) -> None:
    place.file("OWNERS", "# map\nhelp/* everybody\nhelp/basics/* basics-team\n")
    pair(place, owner=None)
    place.article("basics/own.md", "[a](a.md)", owner="own-team")
    with place.app.app_context():
        catalog = place.library.refresh()
    assert {article.id: article.owner for article in catalog.articles} == {"a-id": "basics-team", "other-id": "team", "own-id": "own-team"}


def test_questions_are_checked_too(place: Place) -> None:
    place.file(
        "faq/pay.md",
        "---\ntitle: Pay\nquestions:\n  ghost: {ask: [x]}\n  real: {asks: [x]}\n---\n## Real? {: #real }\n\n[x](nope.md)\n\n## Bare?\n",
    )
    lines = "\n".join(found(place))
    assert "faq/pay.md:4: `questions: ghost` has no heading" in lines
    assert "`asks` is not known for a question" in lines
    assert "faq/pay.md:11: Give this question an anchor that stays" in lines and "faq/pay.md:11: The question has no answer." in lines
    assert "faq/pay.md:9: There is no article nope.md." in lines


def test_the_command_exits_with_one_on_errors_only(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "checked", list)  # what other slices expect of content/ is not written here
    pair(place)
    runner = place.app.test_cli_runner()
    good = runner.invoke(args=["content", "check"])
    assert good.exit_code == 0 and "0 errors" in good.output
    place.article("basics/other.md", "Back to [here](a.md).")
    assert runner.invoke(args=["content", "check"]).exit_code == 0
    assert runner.invoke(args=["content", "check", "--strict"]).exit_code == 1
    place.article("basics/other.md", "Back to [a](nope.md).")
    bad = runner.invoke(args=["content", "check"])
    assert bad.exit_code == 1 and f"help/basics/other.md:{HEAD - 1}: error: There is no article nope.md." in bad.output


def test_a_large_tree_is_looked_through_by_the_worker_not_in_a_request(
    place: Place, linus: Person, client_of: Callable[[Person], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "FEW", 1)
    pair(place, "See [x](nowhere.md).")
    place.refresh()
    editor = client_of(linus)
    before = editor.get("/desk/content/problems").text
    assert "are being looked through" in before and "All is well" not in before
    furniture.refresh()
    assert "There is no article nowhere.md." in editor.get("/desk/content/problems").text
    pair(place)
    place.refresh()
    assert "What follows is from before" in editor.get("/desk/content/problems").text
    furniture.refresh()
    assert "All is well" in editor.get("/desk/content/problems").text


def test_other_trees_are_advised_never_refused(place: Place) -> None:
    pair(place)
    (place.mount("theirs") / "x.md").write_bytes(b"# X\n\n[y](nope.md) caf\xe9")
    lines = found(place, "advice")
    assert any("nope.md" in line for line in lines) and any("Not UTF-8" in line for line in lines) and not found(place, "error")


def test_the_demo_content_is_clean(app: object) -> None:
    assert [(kind, str(problem)) for kind, problem in lint.findings() if kind == lint.ERROR] == []
