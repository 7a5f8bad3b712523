"""People and teams in the desk: admins only, and never without a last admin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import factors, staff
from app.accounts.events import PersonDeactivated
from app.accounts.models import Link, Person, Team
from app.accounts.staff import Refused
from app.lib.db import add, db, unit_of_work
from tests.accounts.letters import letters_to
from tests.together import meeting, together

ClientOf = Callable[[Person], FlaskClient]


def test_admins_find_people_by_name_and_address(client_of: ClientOf, linus: Person, ada: Person, eve: Person) -> None:
    browser = client_of(linus)
    page = browser.get("/desk/people").get_data(as_text=True)
    assert "Linus Pauling" in page and "Ada Lovelace" not in page
    assert "Ada Lovelace" in browser.get("/desk/people?q=LOVE").get_data(as_text=True)
    assert "Eve Stranger" in browser.get("/desk/people?q=elsewhere&role=customer").get_data(as_text=True)
    assert "Nobody of that name" in browser.get("/desk/people?q=%25").get_data(as_text=True)


def test_an_agent_is_invited_by_letter(client_of: ClientOf, linus: Person) -> None:
    team = add(Team(name="Care", slug="care"))
    db.session.commit()
    data = {"email": "nadia@northlight.example", "name": "Nadia New", "role": "agent", "team": str(team.id)}
    answer = client_of(linus).post("/desk/people", data=data)
    person = db.session.query(Person).filter_by(claimed_email="nadia@northlight.example").one()
    assert answer.headers["Location"] == f"/desk/people/{person.id}" and person.teams == [team]
    assert len(letters_to("nadia@northlight.example")) == 1
    assert "Invited" in client_of(linus).get("/desk/people").get_data(as_text=True)
    client_of(linus).post(f"/desk/people/{person.id}/invitation")
    assert len(letters_to("nadia@northlight.example")) == 2


def test_nobody_is_invited_to_be_something_unknown(client_of: ClientOf, linus: Person) -> None:
    data = {"email": "nadia@northlight.example", "name": "Nadia", "role": "root", "team": "0"}
    assert client_of(linus).post("/desk/people", data=data).status_code == 422


def test_roles_grants_and_teams_are_given(client_of: ClientOf, linus: Person, ada: Person) -> None:
    with unit_of_work():
        team = add(Team(name="Care", slug="care"))
    browser = client_of(linus)
    browser.post(f"/desk/people/{ada.id}", data={"role": "agent", "grants": ["editor"], "teams": [str(team.id)]})
    db.session.expire_all()
    assert (ada.role, ada.may("editor"), ada.teams) == ("agent", True, [team])
    browser.post(f"/desk/people/{ada.id}", data={"role": "customer"})
    db.session.expire_all()
    assert (ada.role, ada.may("editor"), ada.teams, ada.grants) == ("customer", False, [], [])


def test_the_last_admin_stays(client_of: ClientOf, linus: Person) -> None:
    browser = client_of(linus)
    assert browser.post(f"/desk/people/{linus.id}", data={"role": "agent"}).status_code == 422
    browser.post(f"/desk/people/{linus.id}/closure")
    db.session.expire_all()
    assert linus.is_admin and linus.active
    with pytest.raises(Refused):
        linus.deactivate()


def test_an_invitation_takes_no_role_away_and_opens_no_closed_account(client_of: ClientOf, linus: Person, grace: Person) -> None:
    browser = client_of(linus)
    assert browser.post("/desk/people", data={"email": linus.email, "name": "Someone", "role": "agent", "team": "0"}).status_code == 303
    with unit_of_work():
        grace.deactivate()
    answer = browser.post("/desk/people", data={"email": grace.email, "name": "Someone", "role": "admin", "team": "0"})
    assert answer.status_code == 422 and "This account is closed" in answer.text
    db.session.expire_all()
    assert linus.is_admin and not grace.is_admin and not grace.active


def test_somebody_invited_is_no_admin_who_could_stay_behind(client_of: ClientOf, linus: Person) -> None:
    browser = client_of(linus)
    browser.post("/desk/people", data={"email": "nadia@northlight.example", "name": "Nadia", "role": "admin", "team": "0"})
    assert browser.post(f"/desk/people/{linus.id}", data={"role": "agent"}).status_code == 422


def test_of_two_admins_who_demote_each_other_at_once_one_stays(
    client_of: ClientOf, linus: Person, grace: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work():
        grace.take_role("admin")
    pairs = [(client_of(linus), grace.id), (client_of(grace), linus.id)]
    meeting(monkeypatch, staff, "keep_an_admin")
    answers = together(*(partial(browser.post, f"/desk/people/{other}", data={"role": "agent"}) for browser, other in pairs))
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert sorted((linus.role, grace.role)) == ["admin", "agent"]


def test_somebody_unproven_gets_no_role(app: Flask) -> None:
    with pytest.raises(Refused):
        add(Person(name="Visitor")).take_role("admin")


def test_a_closed_account_is_out_and_can_be_opened_again(
    client_of: ClientOf, linus: Person, grace: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr("app.accounts.staff.tell", told.append)
    graces, browser = client_of(grace), client_of(linus)
    browser.post(f"/desk/people/{grace.id}/closure")
    assert graces.get("/account").status_code == 303 and told == [PersonDeactivated(person_id=grace.id)]
    browser.post(f"/desk/people/{grace.id}/reopening")
    db.session.refresh(grace)
    assert grace.active and graces.get("/account").status_code == 303


def test_an_admin_switches_off_a_lost_second_step_and_its_owner_is_told(client_of: ClientOf, linus: Person, grace: Person) -> None:
    with unit_of_work():
        grace.totp_secret = b"sealed"
        factors.RecoveryCode.renew(grace)
    client_of(linus).post(f"/desk/people/{grace.id}/second-step/removal")
    db.session.refresh(grace)
    assert not grace.has_second_step and "Linus Pauling switched off" in letters_to("grace@northlight.example")[0].text


def test_a_link_between_people_is_seen_and_undone(client_of: ClientOf, linus: Person, ada: Person, eve: Person) -> None:
    with unit_of_work():
        visitor = add(Person(name="Visiting Ada"))
        link = Link.make(ada, visitor, "code")
    assert link is not None and ada.aliases() == [ada.id, visitor.id]
    browser = client_of(linus)
    assert "Visiting Ada" in browser.get(f"/desk/people/{ada.id}").get_data(as_text=True)
    assert browser.post(f"/desk/people/{eve.id}/links/{link.id}/undoing").status_code == 404
    browser.post(f"/desk/people/{ada.id}/links/{link.id}/undoing")
    db.session.expire_all()
    assert ada.aliases() == [ada.id] and link.undone_by_id == linus.id
    assert "undone" in browser.get(f"/desk/people/{ada.id}").get_data(as_text=True)


def test_teams_are_made_named_and_filled(client_of: ClientOf, linus: Person, grace: Person) -> None:
    browser = client_of(linus)
    browser.post("/desk/teams", data={"name": "Front Desk", "email": "", "people": [str(grace.id)]})
    team = Team.by_slug("front-desk")
    assert team is not None and team.people == [grace]
    assert browser.post("/desk/teams", data={"name": "front  desk!"}).status_code == 422
    browser.post("/desk/teams/front-desk", data={"name": "The front", "email": "front@northlight.example"})
    db.session.expire_all()
    assert (team.name, team.slug, team.people) == ("The front", "front-desk", [])
    assert "The front" in browser.get("/desk/teams").get_data(as_text=True)
    assert browser.get("/desk/teams/none").status_code == 404


@pytest.mark.parametrize("who", ["ada", "eve", "grace"])
def test_only_admins_touch_people(client_of: ClientOf, request: pytest.FixtureRequest, linus: Person, who: str) -> None:
    person: Person = request.getfixturevalue(who)
    browser = client_of(person)
    for path in ("/desk/people", f"/desk/people/{linus.id}", "/desk/people/new", "/desk/teams", "/desk/teams/new"):
        assert browser.get(path).status_code == 403
    for path in (
        "",
        f"/{person.id}",
        f"/{linus.id}/closure",
        f"/{linus.id}/reopening",
        f"/{linus.id}/sessions/end",
        f"/{linus.id}/second-step/removal",
    ):
        assert browser.post(f"/desk/people{path}", data={"role": "admin"}).status_code == 403
    db.session.expire_all()
    assert linus.active and not person.is_admin


def test_names_with_markup_are_only_names(client_of: ClientOf, linus: Person, eve: Person) -> None:
    with unit_of_work():
        eve.name = '"><img src=x onerror=alert(1)>'
    page = client_of(linus).get(f"/desk/people/{eve.id}").get_data(as_text=True)
    assert "<img src=x" not in page
