"""The firm's own fields on a ticket: shown for the kinds that have them, judged, written down when they change."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Conversation, Entry
from app.lib import content
from app.lib.db import db, unit_of_work
from app.tickets import fields
from app.tickets.models import Ticket

ClientOf = Callable[[Person], FlaskClient]
FILES = {
    "cause": "label: Cause\ntype: choice\nchoices: [Ours, Theirs]\nkinds: [technical]",
    "count": "label: How many\ntype: number",
    "day": "label: Call again\ntype: date",
    "vip": "label: Important\ntype: tick",
    "story": "label: Story\ntype: words",
}


@pytest.fixture
def written(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """A firm with fields of its own."""
    before = app.config["SETTINGS"]
    for entry in Path(before.content_dir).iterdir():
        if entry.name != "tickets":
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "tickets").mkdir()
    for name, meta in FILES.items():
        (tmp_path / "tickets" / f"{name}.md").write_text(f"---\n{meta}\n---\n\nA hint.\n")
    app.config["SETTINGS"] = dataclasses.replace(before, content_dir=str(tmp_path))
    content._kept.clear()
    yield tmp_path / "tickets"
    app.config["SETTINGS"] = before
    content._kept.clear()


@pytest.fixture
def ticket(written: Path, ada: Person) -> Ticket:
    with unit_of_work():
        row = Conversation.open(ada, "form", subject="Broken")
        row.say(ada, "It does not open.")
        return Ticket.make(row, kind="technical", fields={"Where": "Signing in"})


def test_what_is_typed_is_kept_and_written_down(ticket: Ticket, grace: Person, client_of: ClientOf) -> None:
    desk = client_of(grace)
    number = ticket.conversation_id
    desk.post(f"/desk/tickets/{number}/fields", data={"cause": "Ours", "count": "3", "day": "2026-12-01", "vip": "yes", "evil": "x"})
    db.session.expire_all()
    assert ticket.fields == {"Where": "Signing in", "Cause": "Ours", "How many": "3", "Call again": "2026-12-01", "Important": "yes"}
    [entry] = db.session.scalars(select(Entry).where(Entry.what == "fields"))
    assert entry.author_id == grace.id and "Cause: Ours" in entry.data["words"]
    page = desk.get(f"/desk/conversations/{number}/person").text
    assert "Signing in" in page and 'value="2026-12-01"' in page
    desk.post(f"/desk/tickets/{number}/fields", data={"cause": "Ours", "count": "3", "day": "2026-12-01"})
    db.session.expire_all()
    assert "Important" not in ticket.fields


@pytest.mark.parametrize("typed", [{"cause": "Nobody"}, {"count": "many"}, {"day": "tomorrow"}])
def test_what_makes_no_sense_is_said_and_changes_nothing(ticket: Ticket, grace: Person, client_of: ClientOf, typed: dict[str, str]) -> None:
    desk = client_of(grace)
    desk.post(f"/desk/tickets/{ticket.conversation_id}/fields", data={"story": "A long one", **typed})
    db.session.expire_all()
    assert ticket.fields == {"Where": "Signing in"}


def test_a_kind_has_only_its_own_fields(ticket: Ticket) -> None:
    assert {field.name for field in fields.fields_of(ticket)} == set(FILES)
    ticket.kind = "billing"
    assert "cause" not in {field.name for field in fields.fields_of(ticket)}
    db.session.rollback()


def test_customers_change_and_see_none_of_it(ticket: Ticket, ada: Person, grace: Person, client: FlaskClient, client_of: ClientOf) -> None:
    path = f"/desk/tickets/{ticket.conversation_id}/fields"
    assert client_of(ada).post(path, data={"cause": "Theirs"}).status_code == 403
    assert client.post(path, data={"cause": "Theirs"}).status_code == 401
    with unit_of_work():
        fields.keep(ticket, {"story": "CANARY"}, grace)
    assert "CANARY" not in client_of(ada).get(f"/account/requests/{ticket.conversation.reference}").text


def test_a_file_that_makes_no_sense_is_left_out_and_named(ticket: Ticket, written: Path) -> None:
    (written / "bad.md").write_text("---\nlabel: Bad\ntype: choice\n---\n\nNo choices.\n")
    content._kept.clear()
    assert "bad" not in {field.name for field in fields.all_fields()}
    assert [problem.message for problem in fields.wrong() if "choices" in problem.message]
