"""The look in a real browser: axe in three modes, no sideways scrolling, nothing heavy, nothing that jumps or covers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browsers import PageOf
from tests.site import Site

PAGES = ["/", "/for/therapists", "/offers", "/offers/steady-caseload", "/about", "/legal/privacy", "/nothing-here"]
MODES: dict[str, dict[str, Any]] = {
    "small and dark": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "wide and light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "forced colours": {"viewport": {"width": 1280, "height": 800}, "forced_colors": "active"},
}
Violations = Callable[[Page], list[str]]
FIRST_VIEW = 100 * 1024
JUMP = """new Promise(done => {
  let sum = 0
  const add = list => list.getEntries().forEach(entry => { sum += entry.value })
  new PerformanceObserver(add).observe({type: "layout-shift", buffered: true})
  setTimeout(() => done(sum), 400)
})"""
OUTSIDE = """[...document.querySelectorAll("body *")].filter(one => {
  const box = one.getBoundingClientRect()
  const set_apart = one.closest("svg *, details:not([open]), .table-scroll, .visually-hidden, pre, table")
  const shown = one.checkVisibility({visibilityProperty: true}) && !set_apart
  return shown && box.width > 1 && box.right > innerWidth + 1
}).map(one => one.outerHTML.slice(0, 80))"""
SMALL_TARGETS = """[...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")].filter(one => {
  const box = one.getBoundingClientRect()
  const inText = getComputedStyle(one).display === "inline"
  const set_apart = one.closest(".skip-link, .visually-hidden, dialog:not([open]), details:not([open]) > :not(summary)")
  return box.width && !inText && !set_apart && (box.height < 24 || box.width < 24)
}).map(one => one.outerHTML.slice(0, 100))"""

COVERED = """(() => {
  const over = [...document.querySelectorAll(".sticky-cta, .bubble")].filter(one => one.checkVisibility({visibilityProperty: true}))
  const boxes = over.map(one => one.getBoundingClientRect())
  return [...document.querySelectorAll("main .button")].filter(one => {
    const a = one.getBoundingClientRect()
    return boxes.some(b => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
  }).map(one => one.textContent.trim())
})()"""


@pytest.mark.parametrize("mode", sorted(MODES))
def test_axe_finds_nothing(page_of: PageOf, violations: Violations, mode: str) -> None:
    page = page_of(reduced_motion="reduce", **MODES[mode])
    found = {}
    for path in PAGES:
        page.goto(path)
        found[path] = violations(page)
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("mode", sorted(MODES))
def test_axe_finds_nothing_in_the_style_guide_and_its_dialogs(page_of: PageOf, violations: Violations, mode: str) -> None:
    page = page_of("grace", reduced_motion="reduce", **MODES[mode])
    page.goto("/desk/styleguide")
    assert violations(page) == []
    for name in ("Open a dialog", "Open a sheet"):
        page.get_by_role("link", name=name).click()
        assert page.locator("dialog[open]").count() == 1
        assert violations(page) == []
        page.keyboard.press("Escape")
        assert page.locator("dialog[open]").count() == 0
        assert page.evaluate("document.activeElement.textContent.trim()") == name


@pytest.mark.parametrize("width", [320, 375, 768, 1024, 1280, 1920])
def test_nothing_reaches_beyond_the_edge_and_targets_can_be_hit(page_of: PageOf, width: int) -> None:
    page = page_of(viewport={"width": width, "height": 800})
    for path in PAGES:
        page.goto(path)
        assert page.evaluate(OUTSIDE) == [], f"{path} at {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"
        assert page.evaluate(SMALL_TARGETS) == [], f"{path} at {width}"


def test_the_first_view_is_light_and_does_not_jump(page_of: PageOf) -> None:
    for path in ("/", "/offers/steady-caseload", "/legal/privacy"):
        page = page_of(viewport={"width": 375, "height": 740})
        sizes: list[int] = []

        def weigh(request: Request, sizes: list[int] = sizes) -> None:
            sizes.append(request.sizes()["responseBodySize"])

        page.on("requestfinished", weigh)
        page.goto(path, wait_until="networkidle")
        assert sum(sizes) <= FIRST_VIEW, f"{path}: {sum(sizes)} bytes"
        assert page.evaluate(JUMP) <= 0.02, path


def test_the_bar_at_the_lower_edge_never_covers_what_has_the_focus(page_of: PageOf) -> None:
    page = page_of(viewport={"width": 375, "height": 667}, reduced_motion="reduce")
    page.goto("/about")
    bar = page.locator(".sticky-cta")
    assert bar.is_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        covered = page.evaluate(
            """() => {
              const one = document.activeElement, bar = document.querySelector(".sticky-cta").getBoundingClientRect()
              if (one === document.body || one.closest(".sticky-cta")) return false
              const box = one.getBoundingClientRect()
              return box.top >= bar.top && box.bottom <= bar.bottom
            }"""
        )
        assert not covered, page.evaluate("document.activeElement.outerHTML")
    page.keyboard.press("End")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate("document.querySelector('.sticky-cta').getBoundingClientRect().bottom") <= page.evaluate(
        "document.querySelector('.foot').getBoundingClientRect().top"
    )


def test_what_floats_at_the_lower_edge_covers_no_button_of_the_page(page_of: PageOf) -> None:
    page = page_of(viewport={"width": 375, "height": 667}, reduced_motion="reduce")
    for path in ("/", "/for/therapists", "/offers/steady-caseload", "/about"):
        page.goto(path)
        height = int(page.evaluate("document.body.scrollHeight"))
        for top in range(0, height, 160):
            page.evaluate(f"scrollTo(0, {top})")
            page.wait_for_timeout(60)
            assert page.evaluate(COVERED) == [], f"{path} at {top}"


def test_the_menu_opens_and_closes_by_keyboard(page_of: PageOf) -> None:
    page = page_of(viewport={"width": 375, "height": 740})
    page.goto("/")
    page.locator(".masthead__menu > summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("navigation", name="Menu").get_by_role("link", name="About").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".masthead__menu[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_skip_link_is_first_and_leads_to_the_content(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/about")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_pages_read_the_same_without_script(page_of: PageOf) -> None:
    page = page_of(java_script_enabled=False, viewport={"width": 375, "height": 740})
    for path in PAGES:
        page.goto(path)
        assert page.locator("h1").is_visible()
    page.goto("/")
    page.locator(".masthead__menu > summary").click()
    assert page.get_by_role("navigation", name="Menu").get_by_role("link", name="About").is_visible()


def test_on_a_phone_all_places_of_the_desk_are_behind_one_button(page_of: PageOf, desk_open: Site, violations: Violations) -> None:
    page = page_of("grace", viewport={"width": 320, "height": 640})
    page.goto("/desk/views/all")
    places = page.get_by_role("navigation", name="Desk")
    expect(places).to_be_hidden()
    page.get_by_role("button", name="Menu").press("Enter")
    expect(places.get_by_role("link").last).to_be_visible()
    assert violations(page) + page.evaluate(OUTSIDE) + page.evaluate(SMALL_TARGETS) == []
    page.keyboard.press("Escape")
    expect(places).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    places.get_by_role("link", name="Replies").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("replies")
    page.set_viewport_size({"width": 1280, "height": 640})
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
    expect(places.get_by_role("link", name="Inbox")).to_be_visible()


def test_a_rule_offers_one_empty_line_and_the_next_when_it_is_used(page_of: PageOf, desk_open: Site) -> None:
    page = page_of("linus")
    page.goto("/desk/rules/new")
    lines = page.get_by_role("group", name="and all of this holds").locator(".rule__line:visible")
    expect(lines).to_have_count(1)
    page.get_by_label("Condition 1: what").select_option(index=1)
    page.get_by_label("Condition 2: what").select_option(index=2)
    expect(lines).to_have_count(3)
