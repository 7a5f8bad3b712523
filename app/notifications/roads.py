"""The channels that come with the house: letters, short messages, and pushes to agents' browsers. The bell needs none: it is the row."""

from __future__ import annotations

from flask import current_app

from app.accounts.models import Person
from app.lib import mail, sms
from app.notifications import push
from app.notifications.channels import Topic, answer_address, plug_in
from app.notifications.models import Consent, Notice, PushSubscription, may_write, unsubscribe_headers, unsubscribe_link

SMS_LENGTH = 300


def full(path: str) -> str:
    """A path of ours as people can open it anywhere."""
    base: str = current_app.config["SETTINGS"].base_url
    return base.rstrip("/") + path


class Bell:
    """Shown on the page; nothing travels."""

    name, title = "bell", "Here"

    def reaches(self, person: Person) -> bool:
        return True

    def deliver(self, notice: Notice, person: Person, topic: Topic) -> None:
        """The row itself is shown."""


class Mail:
    """A letter to the proven address."""

    name, title = "mail", "E-mail"

    def reaches(self, person: Person) -> bool:
        return person.email is not None

    def deliver(self, notice: Notice, person: Person, topic: Topic) -> None:
        email, optional = person.email or "", "mail" not in topic.always
        if optional and not may_write(email, topic.name):
            return
        stop = unsubscribe_link(email, topic.name) if optional else ""
        answer = answer_address(notice, person)
        ctx = {"notice": notice, "person": person, "topic": topic, "link": full(notice.url), "stop": stop, "answer": answer}
        letter = mail.write("notifications/notice", to=email, **ctx)
        letter.reply_to = answer
        letter.headers = unsubscribe_headers(email, topic.name) if optional else {}
        letter.about = f"notice:{notice.id}"
        mail.post(letter)


class ShortMessages:
    """An SMS, to whoever has agreed to them."""

    name, title = "sms", "SMS"

    def reaches(self, person: Person) -> bool:
        return person.phone is not None and Consent.stands("sms", person.phone)

    def deliver(self, notice: Notice, person: Person, topic: Topic) -> None:
        words = " ".join(part for part in (notice.title, full(notice.url) if notice.url else "") if part)
        sms.text(person.phone or "", words[:SMS_LENGTH], about=f"notice:{notice.id}")


class Push:
    """A push to the browsers of somebody who works here."""

    name, title = "push", "Push"

    def reaches(self, person: Person) -> bool:
        return person.is_agent and PushSubscription.any_of(person)

    def deliver(self, notice: Notice, person: Person, topic: Topic) -> None:
        push.send(notice, person)


for road in (Bell(), Mail(), ShortMessages(), Push()):
    plug_in(road)
