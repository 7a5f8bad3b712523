"""The harness itself: a stranger and a member of the cast meet the real site in real browsers."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from app.accounts.models import Person
from app.lib.outbox import Errand
from tests import cast
from tests.browsers import PageOf
from tests.site import Site


def test_a_stranger_sees_a_page_of_ours_for_what_is_not_there(page_of: PageOf, violations: Callable[[Page], list[str]]) -> None:
    page = page_of(viewport={"width": 375, "height": 812})
    answer = page.goto("/nothing-here")
    assert answer is not None and answer.status == 404
    assert page.locator("h1").count() == 1
    assert violations(page) == []


def test_a_member_of_the_cast_is_signed_in(page_of: PageOf, live_server: Site) -> None:
    page = page_of("grace")
    page.goto("/healthz")
    assert [cookie["name"] for cookie in page.context.cookies()] == ["fd_session"]


def test_each_test_finds_the_site_empty(live_server: Site) -> None:
    with live_server.app.app_context():
        assert Person.query.count() == 0 and Errand.query.count() == 0
        cast.person("ada")


def test_each_test_finds_the_site_empty_again(live_server: Site) -> None:
    with live_server.app.app_context():
        assert Person.query.count() == 0


def test_what_a_page_complains_about_is_heard(page_of: PageOf, complaints: list[str]) -> None:
    page = page_of()
    page.goto("/healthz")
    page.evaluate("console.error('ouch')")
    page.evaluate("fetch('http://127.0.0.2:9/').catch(() => 0)")
    page.wait_for_timeout(200)
    assert "console: ouch" in complaints and any("127.0.0.2" in words for words in complaints)
    complaints.clear()
