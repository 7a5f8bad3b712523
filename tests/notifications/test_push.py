"""Pushes: signed, sealed, to known services only, to agents only."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person, SignIn
from app.lib import clock, outbox
from app.lib.db import db, unit_of_work
from app.notifications.channels import Topic, declare
from app.notifications.models import Notice
from app.notifications.push import key, public_key
from app.notifications.subscriptions import PushSubscription, Refused, is_service
from tests.pushes import Service, Subscribed, seated
from tests.standin import serving

ClientOf = Callable[[Person], FlaskClient]
declare(Topic("t.push", "Pushes", who="agent", channels=("push",), default=("push",)))


@pytest.fixture
def service(app: Flask) -> Iterator[str]:
    Service.given, Service.status = [], 201
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, push_hosts="127.0.0.1")
    with serving(Service) as url:
        yield f"{url}/push/abc"
    app.config["SETTINGS"] = before


def tell(person: Person) -> None:
    with unit_of_work():
        Notice.tell(person, "t.push", "A conversation waits", "From the home page", "/desk/conversations/7", key="c7")
    outbox.drain()


def test_a_push_arrives_signed_and_only_the_browser_can_read_it(service: str, client_of: ClientOf, grace: Person) -> None:
    browser = Subscribed(service)
    assert client_of(grace).post("/desk/pushes", json=browser.to_json()).status_code == 204
    tell(grace)
    headers, body = Service.given[0]
    assert browser.open(body) == {
        "title": "A conversation waits",
        "body": "From the home page",
        "url": "/desk/conversations/7",
        "tag": "c7",
    }
    token = headers["authorization"].removeprefix("vapid t=").partition(",")[0]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == service.rpartition("/push")[0] and claims["sub"] == "mailto:hello@northlight.example"
    assert f"k={public_key()}" in headers["authorization"] and b"conversation" not in body


def test_a_browser_that_is_gone_is_forgotten(service: str, grace: Person) -> None:
    with unit_of_work():
        PushSubscription.keep(seated(grace), Subscribed(service).to_json())
    Service.status = 410
    tell(grace)
    assert db.session.scalars(select(PushSubscription)).all() == []


def test_a_service_that_stumbles_is_asked_again(service: str, grace: Person) -> None:
    with unit_of_work():
        PushSubscription.keep(seated(grace), Subscribed(service).to_json())
    Service.status = 500
    tell(grace)
    row = db.session.scalars(select(outbox.Errand).where(outbox.Errand.handler == "notifications.push")).one()
    assert row.state == "waiting" and row.attempts == 1 and len(db.session.scalars(select(PushSubscription)).all()) == 1


def test_what_was_read_meanwhile_is_not_pushed(service: str, grace: Person) -> None:
    with unit_of_work():
        PushSubscription.keep(seated(grace), Subscribed(service).to_json())
        Notice.tell(grace, "t.push", "x").read()
    outbox.drain()
    assert Service.given == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com.evil.example/x",
        "https://notgoogleapis.com/x",
        "http://fcm.googleapis.com/x",
        "https://[::1]/x",
        "https://user@evil.example:443/x",
        "file:///etc/passwd",
        "https://[bad",
        "",
    ],
)
def test_no_other_machine_is_called(app: Flask, endpoint: str) -> None:
    assert not is_service(endpoint)


@pytest.mark.parametrize(
    "host", ["fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com", "wns2-by3p.notify.windows.com"]
)
def test_known_services_are_taken(app: Flask, host: str) -> None:
    assert is_service(f"https://{host}/send/abc")


@pytest.mark.parametrize(
    "given", [None, [], "x", {}, {"endpoint": "https://fcm.googleapis.com/x"}, {"endpoint": 7, "keys": {"p256dh": "x", "auth": "y"}}]
)
def test_strange_subscriptions_are_refused(app: Flask, client_of: ClientOf, grace: Person, given: object) -> None:
    assert client_of(grace).post("/desk/pushes", json=given).status_code == 422


def test_wrong_keys_are_refused(app: Flask, grace: Person) -> None:
    given = Subscribed("https://fcm.googleapis.com/x").to_json()
    for name in ("p256dh", "auth"):
        with pytest.raises(Refused):
            PushSubscription.keep(seated(grace), {**given, "keys": {**given["keys"], name: "AAAA"}})


def test_one_agent_cannot_forget_anothers_browser(client_of: ClientOf, grace: Person, linus: Person) -> None:
    given = Subscribed("https://fcm.googleapis.com/x").to_json()
    client_of(grace).post("/desk/pushes", json=given)
    client_of(linus).post("/desk/pushes/removal", json=given)
    assert PushSubscription.any_of(grace)
    client_of(grace).post("/desk/pushes/removal", json=given)
    assert not PushSubscription.any_of(grace)


def test_a_browser_that_changed_hands_is_the_new_agents(client_of: ClientOf, grace: Person, linus: Person) -> None:
    given = Subscribed("https://fcm.googleapis.com/x").to_json()
    client_of(grace).post("/desk/pushes", json=given)
    client_of(linus).post("/desk/pushes", json=given)
    assert not PushSubscription.any_of(grace) and PushSubscription.any_of(linus)


def leave(desk: FlaskClient, grace: Person) -> None:
    desk.post("/sign-out")


def leave_everywhere(desk: FlaskClient, grace: Person) -> None:
    with unit_of_work():
        SignIn.end_all(db.session.get_one(Person, grace.id))


def be_shut_out(desk: FlaskClient, grace: Person) -> None:
    with unit_of_work():
        db.session.get_one(Person, grace.id).deactivate()


def stay_away(desk: FlaskClient, grace: Person) -> None:
    clock.forward(timedelta(days=400))


@pytest.mark.parametrize("end", [leave, leave_everywhere, be_shut_out, stay_away])
def test_a_browser_is_pushed_to_only_while_somebody_is_signed_in_there(
    service: str, client_of: ClientOf, grace: Person, end: Callable[[FlaskClient, Person], None]
) -> None:
    desk = client_of(grace)
    desk.post("/desk/pushes", json=Subscribed(service).to_json())
    assert 'data-on="yes"' in desk.get("/account/notifications").text
    tell(grace)
    assert len(Service.given) == 1
    with unit_of_work():
        Notice.tell(grace, "t.push", "On its way as they leave", key="c8")
    end(desk, grace)
    tell(grace)
    assert len(Service.given) == 1 and not PushSubscription.any_of(grace)


def test_who_signs_in_again_where_pushes_were_on_switches_them_on_again(service: str, client_of: ClientOf, grace: Person) -> None:
    browser = Subscribed(service)
    first, other = client_of(grace), client_of(grace)
    first.post("/desk/pushes", json=browser.to_json())
    leave(first, grace)
    assert 'data-on="no"' in other.get("/account/notifications").text
    other.post("/desk/pushes", json=browser.to_json())
    tell(grace)
    assert len(Service.given) == 1 and 'data-on="yes"' in other.get("/account/notifications").text


@pytest.mark.parametrize("who", ["ada", "eve"])
def test_pushes_are_for_agents(client_of: ClientOf, request: pytest.FixtureRequest, who: str) -> None:
    browser = client_of(request.getfixturevalue(who))
    assert browser.get("/desk/push-key").status_code == 403
    assert browser.post("/desk/pushes", json=Subscribed("https://fcm.googleapis.com/x").to_json()).status_code == 403


def test_the_key_is_made_once_and_readable_by_nobody_else(app: Flask, client_of: ClientOf, grace: Person) -> None:
    assert client_of(grace).get("/desk/push-key").get_json() == {"key": public_key()}
    path = app.config["SETTINGS"].instance / "push_key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and key().private_pem() == key().private_pem()
    assert len(base64.urlsafe_b64decode(public_key() + "==")) == 65


def test_the_worker_is_served_at_the_root(client: FlaskClient) -> None:
    answer = client.get("/push-worker.js")
    assert answer.mimetype == "text/javascript" and "showNotification" in answer.get_data(as_text=True)
    answer.close()
