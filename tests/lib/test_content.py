"""Content: read with care, kept while unchanged, and every fault named with its file and line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from app.lib import content
from app.lib.content import Document
from app.lib.fields import Fields
from app.settings import read

pytestmark = pytest.mark.one_database

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(app: Flask, tmp_path: Path) -> Iterator[Write]:
    """Writes files into a content folder of this test's own."""
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = read({}, content_dir=str(tmp_path), env="test")

    def put(name: str, words: str | bytes) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        stamp = file.stat().st_mtime_ns + 1_000_000 if file.exists() else None
        file.write_bytes(words.encode() if isinstance(words, str) else words)
        if stamp:
            os.utime(file, ns=(stamp, stamp))
        return file

    yield put
    app.config["SETTINGS"] = kept


def test_front_matter_and_body_are_told_apart(write: Write) -> None:
    write("help/a.md", "---\ntitle: One\ntags: [x, y]\n---\n\n# Words\n\nmore\n")
    (found,) = content.documents("help")
    assert found.meta == {"title": "One", "tags": ["x", "y"]}
    assert (found.slug, found.name, found.body) == ("a", "help/a", "# Words\n\nmore")
    assert (found.line_of("tags"), found.body_line) == (3, 6)
    assert content.problems("help") == []


def test_a_file_without_front_matter_is_all_body(write: Write) -> None:
    write("help/a.md", "# Only words\n")
    (found,) = content.documents("help")
    assert (found.meta, found.body) == ({}, "# Only words")


def test_files_come_sorted_and_hidden_ones_are_left_alone(write: Write) -> None:
    for name in ("help/b/z.md", "help/a.md", "help/.git/c.md", "help/.d.md", "help/picture.png", "help/b/a.markdown"):
        write(name, "words")
    assert [document.name for document in content.documents("help")] == ["help/a", "help/b/a", "help/b/z"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("---\ntitle: a\nbad: [1, 2\n---\nbody", 4),
        ("---\ntitle: 'never closed\n---\nbody", 3),
        ("---\n\tkey: tab\n---\nbody", 2),
        ("---\nkey: &a [*a, *nobody]\n---\n", 2),
    ],
)
def test_broken_front_matter_leaves_out_one_file_and_names_the_line(write: Write, words: str, line: int) -> None:
    write("help/broken.md", words)
    write("help/whole.md", "---\ntitle: Whole\n---\nbody")
    assert [document.slug for document in content.documents("help")] == ["whole"]
    (problem,) = content.problems("help")
    assert problem.path == "help/broken.md" and abs(problem.line - line) <= 1
    assert str(problem).startswith(f"help/broken.md:{problem.line}: The front matter")


@pytest.mark.parametrize(
    "words",
    [
        b"\xef\xbb\xbf---\r\ntitle: Mark\r\n---\r\nbody\r\n",
        b"---\rtitle: Mark\r---\rbody\r",
        b"---\ntitle: Mark\n---\nbo\0dy",
    ],
)
def test_marks_line_ends_and_nul_bytes_do_no_harm(write: Write, words: bytes) -> None:
    write("a.md", words)
    (found,) = content.documents("")
    assert found.meta == {"title": "Mark"} and found.body == "body"


def test_old_encodings_are_read_and_reported(write: Write) -> None:
    write("a.md", "---\ntitle: Café\n---\nnaïve\n".encode("latin-1"))
    assert content.documents("")[0].meta["title"] == "Café"
    assert [(p.line, p.message) for p in content.problems("")] == [(2, "Not UTF-8; read as Windows Latin.")]


@pytest.mark.parametrize("words", ["", "---", "---\n---", "---\n- a\n- b\n---\nx", "\0" * 10, "---\n" * 500, "{{ 7 * 7 }}", "[" * 9000])
def test_strange_files_never_raise(write: Write, words: str) -> None:
    write("a.md", words)
    content.documents("")
    content.problems("")


def test_an_enormous_file_is_left_out(write: Write) -> None:
    write("a.md", "x" * (content.LARGEST + 1))
    assert content.documents("") == [] and "larger than 2 MB" in content.problems("")[0].message


def test_a_file_is_read_again_only_when_it_changed(write: Write) -> None:
    write("a.md", "one")
    first = content.documents("")[0]
    assert content.documents("")[0] is first
    write("a.md", "two")
    assert content.documents("")[0].body == "two"


def test_a_document_is_found_by_a_plain_name_only(write: Write) -> None:
    write("legal/terms.md", "words")
    write("secret.md", "words")
    assert content.document("legal", "terms") is not None
    assert all(content.document("legal", name) is None for name in ("none", "../secret", "a/b", "", "terms.md"))


def test_tables_and_their_faults(write: Write) -> None:
    write("site.toml", 'name = "One"\n')
    assert content.table("site.toml") == {"name": "One"}
    write("site.toml", 'name = "One"\nother = \n')
    assert content.table("site.toml") == {}
    assert [p.line for p in content.table_problems("site.toml")] == [2]
    assert "missing" in content.table_problems("none.toml")[0].message


def test_fields_take_what_is_right_and_say_what_is_wrong(app: Flask) -> None:
    head = "---\ntitle: x\nprice: 12.345\ncount: -1\nday: soon\nwhen: 2026-01-02\nnames: one\nodd: 1\non: maybe\nkind: z\n---\n"
    meta = {"price": 12.345, "count": -1, "day": "soon", "when": date(2026, 1, 2), "names": "one", "odd": 1, "on": "maybe", "kind": "z"}
    fields = Fields.of(Document(Path("/nowhere/a.md"), meta, "", "a", head))
    assert fields.text("title") == ""
    assert fields.cents("price", 100) == 100
    assert fields.number("count", 3) == 3
    assert fields.day("day") is None and fields.day("when") == date(2026, 1, 2)
    assert fields.words("names") == ("one",)
    assert fields.flag("on") is False
    assert fields.choice("kind", ("a", "b"), "a") == "a"
    assert sorted(problem.line for problem in fields.problems) == [2, 3, 4, 5, 9, 10]


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        (2400, 240000),
        ("2,400.50", 240050),
        (19.99, 1999),
        ("0", 0),
        ("-1", None),
        ("ten", None),
        ("1e400", None),
        ("NaN", None),
        (True, None),
    ],
)
def test_amounts(app: Flask, written: object, cents: int | None) -> None:
    with app.app_context():
        fields = Fields.of(Document(Path("/nowhere/a.md"), {"price": written}, "", "a", "---\nprice: 1\n---\n"))
        assert fields.cents("price", 7) == (7 if cents is None else cents)
        assert bool(fields.problems) == (cents is None)
        assert all(problem.line == 2 for problem in fields.problems)


def test_keys_nobody_asked_for_are_slips_of_the_pen(app: Flask) -> None:
    with app.app_context():
        fields = Fields.of(Document(Path("/nowhere/a.md"), {"titel": "x"}, "", "a", "---\ntitel: x\n---\n"))
        assert [problem.message for problem in fields.done()] == ["titel is not known here."]


def test_the_committed_content_has_no_problems(app: Flask) -> None:
    with app.test_request_context():
        assert [str(problem) for problem in content.checked()] == []
