"""Pushes in a real browser: asked for, kept, sealed, sent to the browser's service, and shown by the service worker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib.db import add, db, unit_of_work
from app.notifications.models import PushSubscription
from app.notifications.push import public_key
from tests import cast, machine
from tests.browsers import PageOf, launched
from tests.pushes import Service, Subscribed
from tests.servers import wait_until
from tests.site import Site
from tests.standin import serving

# A Chromium of its own build has no push service behind it: this one names ours, as a browser does once its user has agreed.
STAND_IN = """given => {
  const kept = () => sessionStorage.getItem("kept") ? {...given, unsubscribe: async () => sessionStorage.removeItem("kept")} : null
  PushManager.prototype.getSubscription = async () => kept()
  PushManager.prototype.subscribe = async (options) => {
    if (Notification.permission !== "granted") throw new DOMException("no", "NotAllowedError")
    sessionStorage.setItem("kept", btoa(String.fromCharCode(...options.applicationServerKey)))
    return kept()
  }
}"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/")
  const all = await registration.getNotifications()
  return all.length && all.map((one) => ({title: one.title, body: one.body, tag: one.tag, url: one.data.url}))
}"""


# Only a hand on the screen may move windows about: what would be done is written down instead.
CLICKED = """async (words) => {
  const done = [], path = (url) => new URL(url, location.origin).pathname
  WindowClient.prototype.focus = async function () { done.push(`focus ${path(this.url)}`) }
  WindowClient.prototype.navigate = async (url) => { done.push(`go ${path(url)}`) }
  Clients.prototype.openWindow = async (url) => { done.push(`open ${path(url)}`) }
  await registration.showNotification(words.title, { data: { url: words.url }, tag: words.tag })
  const [notification] = await registration.getNotifications()
  let late
  const event = new NotificationEvent("notificationclick", { notification })
  event.waitUntil = (work) => { late = work }
  dispatchEvent(event)
  await late
  return [done, (await registration.getNotifications()).length]
}"""


@dataclass
class Pushed:
    """A browser that this site may push to, and the service behind it."""

    site: Site
    browser: Subscribed

    def subscriptions(self) -> list[str]:
        with self.site.app.app_context():
            found = list(db.session.scalars(select(PushSubscription.endpoint)))
            db.session.remove()
            return found

    def mention(self, number: int) -> None:
        with self.site.app.app_context():
            with unit_of_work():
                talk = db.session.get_one(Conversation, number)
                talk.transfer(cast.person("linus"), agent=cast.person("grace"), brief="She asks for you")
            db.session.remove()


@pytest.fixture(scope="module")
def pushing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("pushing"), FRONTDESK_PUSH_HOSTS="127.0.0.1").start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def browser(browser: Browser) -> Iterator[Browser]:
    """A whole Chromium: the one without a window lets no page notify anybody."""
    if machine.light_chromium() == machine.chromium():
        yield browser
        return
    with launched(browser.browser_type, machine.chromium()) as whole:
        yield whole


@pytest.fixture
def live_server(pushing: Site) -> Site:
    pushing.empty()
    return pushing


@pytest.fixture
def pushed(live_server: Site) -> Iterator[Pushed]:
    Service.given, Service.status = [], 201
    with serving(Service) as url:
        yield Pushed(live_server, Subscribed(f"{url}/push/grace"))


def preferences(page: Page, pushed: Pushed) -> Page:
    page.add_init_script(f"({STAND_IN})({json.dumps(pushed.browser.to_json())})")
    page.goto("/account/notifications")
    return page


def deliver(context: BrowserContext, page: Page, words: str) -> None:
    """Hand the opened words to the page's service worker, as the browser does when its push service calls."""
    session, registered = context.new_cdp_session(page), list[str]()
    heard = "ServiceWorker.workerRegistrationUpdated"
    session.on(heard, lambda news: registered.extend(row["registrationId"] for row in news["registrations"]))
    session.send("ServiceWorker.enable")
    wait_until(lambda: bool(page.evaluate("1") and registered), "the registration", 20)
    origin = page.evaluate("location.origin")
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": registered[0], "data": words})


def test_a_click_leads_to_the_thread_and_takes_no_page_from_who_writes(page_of: PageOf, pushed: Pushed) -> None:
    page = page_of("grace", permissions=["notifications"])
    preferences(page, pushed).get_by_role("button", name="Switch pushes on here").click()
    expect(page.locator("push-switch").get_by_role("status")).to_contain_text("Pushes reach this browser")
    (worker,) = page.context.service_workers

    def clicked(place: str) -> list[str]:
        page.goto(place)
        done, left = worker.evaluate(CLICKED, {"title": "News", "url": "/desk/outbox", "tag": "news"})
        assert left == 0
        return list(done)

    assert clicked("/desk/views/all") == ["focus /desk/views/all", "go /desk/outbox"]
    assert clicked("/desk/outbox?page=2") == ["focus /desk/outbox", "go /desk/outbox"]
    assert clicked("/desk/outbox/errands") == ["open /desk/outbox"]
    assert clicked("/account/notifications") == ["open /desk/outbox"]


def test_an_agent_switches_pushes_on_hears_of_a_conversation_and_switches_them_off(page_of: PageOf, pushed: Pushed) -> None:
    with pushed.site.app.app_context():
        with unit_of_work():
            cast.person("linus")
            visitor = add(Person(name="Nora New"))
            talk = Conversation.open(visitor, "email", subject="May I pay later?")
            talk.say(visitor, "May I pay later?")
            number, reference = talk.id, talk.reference
        db.session.remove()
    page = page_of("grace", permissions=["notifications"])
    switch = preferences(page, pushed).locator("push-switch")
    switch.get_by_role("button", name="Switch pushes on here").click()
    expect(switch.get_by_role("status")).to_contain_text("Pushes reach this browser")
    assert pushed.subscriptions() == [pushed.browser.endpoint]
    with pushed.site.app.app_context():
        asked_with = page.evaluate("sessionStorage.getItem('kept')").rstrip("=").replace("+", "-").replace("/", "_")
        assert asked_with == public_key()
    page.reload()
    expect(switch.get_by_role("button", name="Switch pushes off here")).to_be_visible()

    pushed.mention(number)
    wait_until(lambda: len(Service.given) == 1, "the push", 40)
    words = pushed.browser.open(Service.given[0][1])
    assert words["title"] == "Linus Pauling gave you a conversation" and reference in words["body"]
    deliver(page.context, page, json.dumps(words))
    page.wait_for_function(f"async () => await ({SHOWN})()")
    assert page.evaluate(SHOWN) == [words]
    page.goto(words["url"])
    expect(page.locator(".message--note")).to_contain_text("She asks for you")

    page.goto("/account/notifications")
    switch.get_by_role("button", name="Switch pushes off here").click()
    expect(switch.get_by_role("button", name="Switch pushes on here")).to_be_visible()
    assert pushed.subscriptions() == []


def test_an_agent_who_does_not_want_pushes_is_told_where_that_was_said_and_nothing_is_kept(page_of: PageOf, pushed: Pushed) -> None:
    switch = preferences(page_of("grace"), pushed).locator("push-switch")
    switch.get_by_role("button", name="Switch pushes on here").click()
    expect(switch.get_by_role("status")).to_contain_text("Pushes are blocked for this site")
    assert pushed.subscriptions() == []
