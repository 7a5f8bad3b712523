"""News for one person: over the channels they want, not at night, once while unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.lib import clock, live, outbox
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import Errand
from app.lib.sms import ShortMessage
from app.notifications import channels
from app.notifications.channels import Topic, declare, plug_in
from app.notifications.furniture import tell_of_trouble
from app.notifications.models import Consent, Notice, OptOut, Preference, QuietTime, Suppressed, sweep

ClientOf = Callable[[Person], FlaskClient]
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
REPLY, PLAIN, ALWAYS, URGENT, SLOW = "t.reply", "t.plain", "t.always", "t.urgent", "t.slow"
ALL = ("bell", "mail", "sms", "push", "t-post")


@dataclass
class Post:
    """A channel that a plug brings."""

    name: str = "t-post"
    title: str = "Paper"
    sent: tuple[str, ...] = ()

    def reaches(self, person: Person) -> bool:
        return person.name != "Eve Stranger"

    def deliver(self, notice: Notice, person: Person, topic: Topic) -> None:
        self.sent += (f"{person.first_name}: {notice.title}",)


@pytest.fixture(autouse=True)
def topics(app: Flask) -> Iterator[None]:
    before = dict(channels._topics)
    declare(
        Topic(REPLY, "Replies", channels=ALL, default=("bell", "mail", "sms")),
        Topic(PLAIN, "Plain", channels=("bell",), default=("bell",)),
        Topic(ALWAYS, "Always", default=(), always=("mail",)),
        Topic(URGENT, "Urgent", channels=ALL, default=("mail", "sms"), urgent=True),
        Topic(SLOW, "Slow", mail_after=timedelta(minutes=10)),
    )
    with clock.at(NOON):
        yield
    channels._topics.clear()
    channels._topics.update(before)


def tell(person: Person, topic: str = REPLY, key: str = "") -> Notice:
    with unit_of_work():
        return Notice.tell(person, topic, "Jonah has answered", "Two words", "/account", key=key)


def letters() -> list[PostedLetter]:
    outbox.drain()
    db.session.expire_all()
    return list(db.session.scalars(select(PostedLetter).order_by(PostedLetter.id)))


def texts() -> list[ShortMessage]:
    outbox.drain()
    return list(db.session.scalars(select(ShortMessage).order_by(ShortMessage.id)))


def test_news_shows_at_the_bell_and_leaves_by_letter(ada: Person) -> None:
    tell(ada)
    assert Notice.unread(ada) == 1
    letter = letters()[0]
    assert (letter.to, letter.subject) == ("ada@customer.example", "Jonah has answered")
    assert "http://localhost/account" in letter.text and "Stop such letters: http://localhost/unsubscribe/" in letter.text


def test_news_nobody_declared_is_a_mistake(ada: Person) -> None:
    with pytest.raises(LookupError):
        Notice.tell(ada, "t.unknown", "x")


def test_what_is_rolled_back_is_told_to_nobody(ada: Person) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work():
        Notice.tell(ada, REPLY, "x")
        raise ZeroDivisionError
    assert Notice.unread(ada) == 0 and letters() == []


def test_what_repeats_while_unread_is_one_notice_and_one_letter(ada: Person) -> None:
    first = tell(ada, key="conversation:7")
    assert tell(ada, key="conversation:7") is first and first.count == 2
    assert len(letters()) == 1
    with unit_of_work():
        first.read()
    assert tell(ada, key="conversation:7") is not first


def test_people_choose_channel_by_channel(ada: Person) -> None:
    with unit_of_work():
        Preference.choose(ada, channels.topic(REPLY), {"bell"})
    tell(ada)
    assert letters() == [] and Notice.unread(ada) == 1
    with unit_of_work():
        Preference.choose(ada, channels.topic(REPLY), {"mail"})
    tell(ada)
    assert len(letters()) == 1 and Notice.unread(ada) == 1


def test_some_letters_cannot_be_switched_off_and_say_no_stop(ada: Person) -> None:
    with unit_of_work():
        Preference.choose(ada, channels.topic(ALWAYS), set())
        OptOut.note("ada@customer.example", "*")
    tell(ada, ALWAYS)
    letter = letters()[0]
    assert "Stop such letters" not in letter.text and "List-Unsubscribe" not in letter.headers


def test_a_letter_waits_and_is_not_sent_when_the_bell_was_read(ada: Person) -> None:
    notice = tell(ada, SLOW)
    assert letters() == []
    with unit_of_work():
        notice.read()
    clock.forward(timedelta(minutes=11))
    assert letters() == []
    tell(ada, SLOW)
    clock.forward(timedelta(minutes=11))
    assert len(letters()) == 1


def test_a_choice_made_after_the_news_still_counts(ada: Person) -> None:
    tell(ada, SLOW)
    with unit_of_work():
        Preference.choose(ada, channels.topic(SLOW), {"bell"})
    clock.forward(timedelta(minutes=11))
    assert letters() == []


def test_whoever_left_hears_nothing_more(ada: Person) -> None:
    tell(ada, SLOW)
    with unit_of_work():
        ada.active = False
    clock.forward(timedelta(minutes=11))
    assert letters() == []


def test_quiet_hours_put_letters_off_to_their_end(ada: Person) -> None:
    with unit_of_work():
        ada.timezone = "Europe/London"
        QuietTime.choose(ada, (22 * 3600, 31 * 3600))
    with clock.at(datetime(2026, 11, 18, 23, 30, tzinfo=UTC)):
        tell(ada)
        assert letters() == []
    with clock.at(datetime(2026, 11, 19, 6, 59, tzinfo=UTC)):
        assert letters() == []
    with clock.at(datetime(2026, 11, 19, 7, 0, tzinfo=UTC)):
        assert len(letters()) == 1


def test_what_is_urgent_wakes_people(ada: Person) -> None:
    with unit_of_work():
        QuietTime.choose(ada, (0, 86_400))
    tell(ada, URGENT)
    assert len(letters()) == 1


def test_short_messages_go_to_who_agreed_and_by_day(ada: Person) -> None:
    with unit_of_work():
        ada.phone = "+12025550100"
    tell(ada)
    assert texts() == []
    with unit_of_work():
        Consent.give("sms", ada.phone or "", "Yes, text me.", "/account", ada)
    tell(ada)
    assert [(one.to, one.words) for one in texts()] == [("+12025550100", "Jonah has answered http://localhost/account")]
    with clock.at(datetime(2026, 11, 19, 3, tzinfo=UTC)):  # 22:00 in New York
        tell(ada)
        assert len(texts()) == 1
    with clock.at(datetime(2026, 11, 19, 13, 1, tzinfo=UTC)):
        assert len(texts()) == 2


def test_a_consent_withdrawn_before_sending_counts(ada: Person) -> None:
    with unit_of_work():
        ada.phone = "+12025550100"
        Consent.give("sms", "+12025550100", "Yes, text me.", "/account", ada)
        QuietTime.choose(ada, (0, 79_200))
    tell(ada)
    with unit_of_work():
        Consent.withdraw("sms", "+12025550100", "by phone")
    clock.forward(timedelta(hours=20))
    assert texts() == []


def test_bounced_and_unsubscribed_addresses_get_nothing(ada: Person, grace: Person) -> None:
    with unit_of_work():
        Suppressed.note("ada@customer.example", "bounce", "550 gone")
        OptOut.note("grace@northlight.example", REPLY)
    tell(ada), tell(grace)
    assert letters() == []
    assert Notice.unread(ada) == Notice.unread(grace) == 1


def test_a_plug_is_a_channel_like_the_others(ada: Person, eve: Person) -> None:
    post = Post()
    plug_in(post)
    for who in (ada, eve):
        with unit_of_work():
            Preference.choose(who, channels.topic(REPLY), {"t-post"})
        tell(who)
    outbox.drain()
    assert post.sent == ("Ada: Jonah has answered",)


def test_the_count_travels_to_open_pages_after_the_commit(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[tuple[str, str]] = []
    monkeypatch.setattr(live, "replace", lambda stream, target, html: rung.append((stream, html)))
    notice = tell(ada)
    with unit_of_work():
        notice.read()
        notice.read()
    assert [stream for stream, _ in rung] == [f"bell:{ada.id}"] * 2
    assert "1 unread" in rung[0][1] and "unread" not in rung[1][1]


def test_what_is_seen_elsewhere_is_read_by_its_key(ada: Person, eve: Person) -> None:
    tell(ada, key="a"), tell(ada, key="b"), tell(eve, key="a")
    with unit_of_work():
        Notice.read_all(ada, "a")
    assert (Notice.unread(ada), Notice.unread(eve)) == (1, 1)


def test_old_news_goes(ada: Person) -> None:
    tell(ada)
    clock.forward(timedelta(days=181))
    tell(ada)
    with unit_of_work():
        sweep()
    assert len(db.session.scalars(select(Notice)).all()) == 1


def test_admins_hear_of_dead_errands_once(app: Flask, linus: Person, grace: Person) -> None:
    with unit_of_work():
        row = outbox.later("notifications.sweep")
        row.state = "dead"
    for _ in range(2):
        with unit_of_work():
            tell_of_trouble()
    assert (Notice.unread(linus), Notice.unread(grace)) == (1, 0)
    clock.forward(timedelta(hours=1))
    with unit_of_work():
        Notice.read_all(linus)
        tell_of_trouble()
    assert Notice.unread(linus) == 0


def test_the_page_of_news_leads_on_and_marks_as_read(client_of: ClientOf, ada: Person, eve: Person) -> None:
    notice = tell(ada)
    page = client_of(ada).get("/account/notices").get_data(as_text=True)
    assert "Jonah has answered" in page and "(unread)" in page
    assert client_of(eve).get(f"/account/notices/{notice.id}").status_code == 404
    answer = client_of(ada).get(f"/account/notices/{notice.id}")
    assert answer.headers["Location"] == "/account" and Notice.unread(ada) == 0


def test_all_news_is_read_at_once_by_its_owner_only(client_of: ClientOf, ada: Person, eve: Person) -> None:
    tell(ada), tell(ada)
    client_of(eve).post("/account/notices/reading")
    assert Notice.unread(ada) == 2
    client_of(ada).post("/account/notices/reading")
    assert Notice.unread(ada) == 0


def test_a_notice_never_leads_to_another_site(client_of: ClientOf, ada: Person) -> None:
    with unit_of_work():
        notice = Notice.tell(ada, REPLY, "x", url="//evil.example")
    assert client_of(ada).get(f"/account/notices/{notice.id}").headers["Location"] == "/account/notices"


def test_the_bell_catches_up(client_of: ClientOf, ada: Person) -> None:
    notice = tell(ada)
    browser = client_of(ada)
    answer = browser.get("/account/notices/since/0")
    assert 'hx-target="#bell"' in answer.get_data(as_text=True) and answer.headers["Live-Seq"] == str(notice.id)
    assert browser.get(f"/account/notices/since/{notice.id}").status_code == 204


@pytest.mark.parametrize("path", ["/account/notices", "/account/notices/1", "/account/notices/since/0", "/account/notifications"])
def test_strangers_are_sent_to_sign_in(client: FlaskClient, path: str) -> None:
    assert "/sign-in" in client.get(path).headers.get("Location", "")


def test_errands_are_dropped_for_what_is_gone(ada: Person) -> None:
    notice = tell(ada, SLOW)
    with unit_of_work():
        db.session.delete(notice)
    clock.forward(timedelta(minutes=11))
    assert letters() == [] and db.session.scalars(select(Errand).where(Errand.state == "dead")).all() == []
