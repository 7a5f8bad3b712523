"""What git knows: who wrote what and when, who approved it, and where a renamed page went."""

from __future__ import annotations

from app.help.history import history_of
from tests.help.conftest import Get
from tests.places import Place


def test_changes_authors_and_approvals_come_from_the_log(place: Place, get: Get) -> None:
    place.article("basics/a.md", "One.")
    place.commit("Write about a")
    place.article("basics/a.md", "Two.")
    place.commit("Say it better\n\nApproved-by: Linus Pauling <linus@northlight.example>")
    place.refresh()
    article = place.library._catalog.by_id["a-id"]
    assert [change.subject for change in article.changes] == ["Say it better", "Write about a"]
    assert article.authors == ["Edith Editor"] and article.approvals == ("Linus Pauling",)
    html = get("/help/basics/a")
    assert "Updated" in html and "approved by Linus Pauling" in html


def test_a_renamed_page_answers_in_one_hop(place: Place) -> None:
    body = "A text long enough for git to see that it is the same one. " * 5
    place.article("basics/old.md", body, id="same")
    place.commit("Write")
    place.git("mv", "help/basics/old.md", "help/basics/middle.md")
    place.commit("Rename")
    (place.content / "help" / "more").mkdir()
    place.git("mv", "help/basics/middle.md", "help/more/new.md")
    place.commit("Move to another shelf")
    client = place.client()
    for old in ("/help/basics/old", "/help/basics/middle"):
        answer = client.get(old)
        assert (answer.status_code, answer.location) == (301, "/help/more/new")
    history = history_of(place.content / "help")
    assert [change.subject for change in history.changes["more/new.md"]] == ["Move to another shelf", "Rename", "Write"]


def test_a_living_page_is_never_shadowed(place: Place) -> None:
    body = "A text long enough for git to see that it is the same one. " * 5
    place.article("basics/old.md", body, id="same")
    place.commit("Write")
    place.git("mv", "help/basics/old.md", "help/basics/new.md")
    place.commit("Rename")
    place.article("basics/old.md", "Something else entirely.", id="other")
    place.commit("Write another one at the old place")
    client = place.client()
    assert client.get("/help/basics/old").status_code == 200
    assert client.get("/help/basics/new").status_code == 200


def test_a_redirect_does_not_betray_what_is_not_public(place: Place) -> None:
    place.article("basics/a.md", aliases="[/help/basics/former]", status="draft")
    assert place.client().get("/help/basics/former").status_code == 404


def test_aliases_lead_to_the_article(place: Place) -> None:
    place.article("basics/a.md", aliases="[/help/basics/former, shelf/older/]")
    client = place.client()
    assert client.get("/help/basics/former").location == "/help/basics/a"
    assert client.get("/help/shelf/older").location == "/help/basics/a"


def test_without_git_there_is_no_history_and_no_fault(place: Place, get: Get) -> None:
    place.article("basics/a.md")
    assert "Updated" not in get("/help/basics/a")
    assert history_of(place.folder).changes == {}


def test_a_deleted_and_rewritten_file_has_its_own_history(place: Place) -> None:
    file = place.article("basics/a.md", "One.")
    place.commit("Write")
    file.unlink()
    place.commit("Delete")
    place.article("basics/a.md", "Nothing of the old.")
    place.commit("Begin again")
    changes = history_of(place.content / "help").changes["basics/a.md"]
    assert [change.subject for change in changes] == ["Begin again"]
