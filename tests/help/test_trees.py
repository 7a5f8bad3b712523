"""Any tree of markdown mounts: whatever a file holds, it costs a line in the linter, never the site."""

from __future__ import annotations

import re
from pathlib import Path

from tests.help.conftest import Get
from tests.places import Place

FILES: dict[str, bytes] = {
    "latin.md": "# Café\n\nDéjà vu.".encode("latin-1"),
    "bom.md": b"\xef\xbb\xbf---\ntitle: With a mark\n---\nWords.",
    "crlf.md": b"---\r\ntitle: Old line ends\r\n---\r\n\r\n# Old line ends\r\n\r\nWords.\r\n",
    "bad-yaml.md": b"---\ntitle: [unclosed\nx: {\n---\n# Still readable\n\nplatypus words",
    "yaml-list.md": b"---\n- a\n- b\n---\n# A list\n",
    "bomb.md": b"---\na: &a [x,x]\nb: &b [*a,*a]\ntitle: *b\n---\nWords",
    "python.md": b"---\ntitle: !!python/object/apply:os.system ['true']\n---\n# Tagged\n",
    "no-title.md": b"Only words here.",
    "empty.md": b"",
    "same.md": b"# Same title\n\none",
    "deep/same.md": b"# Same title\n\ntwo",
    "braces.md": b"# Braces\n\n{{ config }} {% include 'x' %} {{ 7 * 7 }} ${7*7} <%= 7*7 %>",
    "sp ace/Na me é.md": b"# Odd name\n\n[x](../deep/same.md) [y](<../no such.md>) ![](pic.png)",
    "deep/index.md": b"# The folder",
    "deep/README.md": b"# Read me",
    "UPPER.MD": b"# Upper",
    "html.md": b"# Html\n\n<script>alert(1)</script><iframe src=x></iframe><div hx-get=/x onclick=x()>in</div>",
    "huge.md": b"# Huge\n\n" + b"Some words in a very long file. " * 33_000,
    "nul.md": b"# Nul\0 byte\n\nwords\0",
    "brackets.md": b"# Brackets\n\n" + b"[" * 8000,
    "types.md": b"---\ntitle: 2024-01-01\ndescription: {a: b}\nreview_by: soon\nanswers: {a: 1}\nstatus: 7\naliases: 5\n---\nWords",
    "notes.txt": b"not markdown",
}


def filled(place: Place) -> Path:
    folder = place.mount("Odd tree")
    for name, raw in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
    return folder


def test_every_file_is_a_page_and_none_a_fault(place: Place) -> None:
    filled(place)
    client = place.client()
    assert client.get("/help/").status_code == 200
    with place.app.app_context():
        articles = place.library.catalog.articles
    assert len(articles) == len(FILES) - 1
    for article in articles:
        assert client.get(article.url).status_code == 200, article.path
    assert client.get("/help/odd-tree/").status_code == 200


def test_a_link_out_of_the_tree_publishes_nothing_and_is_told(place: Place) -> None:
    folder = place.mount("Odd tree")
    (folder / "kept.md").write_text("# Kept\n\nWords.")
    (folder / "also.md").symlink_to(folder / "kept.md")
    secret = place.folder / "passwords"
    secret.write_text("# Canary\n\nroot-canary-7f3a")
    (folder / "link.md").symlink_to(secret)
    (folder / ".hidden").write_text("# Hidden\n\nroot-canary-7f3a")
    (folder / "inner.md").symlink_to(folder / ".hidden")
    (folder / "nowhere.md").symlink_to(folder / "gone.md")
    with place.app.app_context():
        assert [article.slug for article in place.library.catalog.articles] == ["also", "kept"]
    client = place.client()
    assert client.get("/help/odd-tree/link").status_code == client.get("/help/odd-tree/inner").status_code == 404
    found = "\n".join(place.problems())
    assert "link.md" in found and "inner.md" in found and "outside of its tree" in found


def test_each_oddity_is_told_with_file_and_line(place: Place) -> None:
    filled(place)
    found = "\n".join(place.problems())
    for words in (
        "latin.md:1: Not UTF-8",
        "bad-yaml.md:4: The front matter is not valid YAML",
        "no-title.md:1: There is no title",
        "empty.md:1: The file is empty",
        "types.md:4: `review_by: soon` is not a date",
        "is already taken by another file",
    ):
        assert words in found, found


def test_template_braces_are_only_words(place: Place, get: Get) -> None:
    filled(place)
    html = get("/help/odd-tree/braces")
    assert "{{ config }}" in html and "{{ 7 * 7 }}" in html and "49" not in html.partition('class="prose"')[2].partition("</article>")[0]


def test_raw_html_is_cleaned(place: Place, get: Get) -> None:
    filled(place)
    html = get("/help/odd-tree/html").partition('class="prose"')[2].partition("</article>")[0]
    assert "<script" not in html and "<iframe" not in html and "hx-get" not in html and "onclick" not in html


def test_a_file_with_broken_front_matter_is_still_found(place: Place, get: Get) -> None:
    filled(place)
    assert "Still readable" in get("/help/search?q=platypus")


def test_links_work_across_folders_with_odd_names(place: Place, get: Get) -> None:
    filled(place)
    html = get("/help/odd-tree/sp-ace/na-me-e")
    assert 'href="/help/odd-tree/deep/same"' in html


def test_a_link_that_leads_nowhere_is_only_words(place: Place, get: Get) -> None:
    tree = place.mount("tree")
    (tree / "about_Text.7.2.md").write_text("# About text")
    links = ["[gone](gone.md)", "[api](/dotnet/api/System.Text)", "[other host's](/powershell/x?view=7)", "[there](about_Text.7.2#a)"]
    (tree / "a.md").write_text("# Links\n\n" + " ".join([*links, "[script](run.ps1)", "[paper](paper.pdf)", "![pic](no.png)"]))
    prose = get("/help/tree/a").partition('<div class="prose">')[2].partition("</div>")[0]
    assert re.findall(r'(?:href|src)="([^"]*)"', prose) == [
        "/help/tree/about-text-7-2#a",
        "/help/media/tree/paper.pdf",
        "/help/media/tree/no.png",
    ]
    assert all(words in prose for words in ("gone", "api", "other host", "script"))


def test_anchors_of_other_renderers_lead_to_the_same_heading(place: Place, get: Get) -> None:
    tree = place.mount("tree")
    (tree / "a.md").write_text("# Flags\n\n## -gt, -ge, and -le\n\none\n\n## Twice\n\ntwo\n\n## Twice\n\n[up](#-gt--ge-and--le) [x](#none)")
    (tree / "b.md").write_text("# Other\n\n[flags](a.md#-gt--ge-and--le) [second](a.md#twice-1) [first](a.md#twice)")
    assert re.search(r'href="#-gt-ge-and-le"[^>]*>up', get("/help/tree/a")) and 'href="#none"' in get("/help/tree/a")
    found = re.findall(r'href="/help/tree/a#([^"]*)"', get("/help/tree/b"))
    assert found == ["-gt-ge-and-le", "twice_1", "twice"] and all(f'id="{name}"' in get("/help/tree/a") for name in found)


def test_the_same_text_of_another_version_is_not_what_is_related(place: Place, get: Get) -> None:
    tree = place.mount("tree")
    for version in ("v1", "v2", "v3"):
        (tree / version).mkdir()
        (tree / version / "wombats.md").write_text("# Feeding wombats\n\nWombats eat grass, roots and bark in burrows.")
        (tree / version / "burrows.md").write_text("# Digging burrows\n\nWombats dig burrows under roots, in grass.")
    related = get("/help/tree/v1/wombats").partition('id="related-title"')[2].partition("</nav>")[0]
    assert related.count("Digging burrows") == 1 and "Feeding wombats" not in related


def test_in_the_own_tree_a_broken_file_is_left_out_and_the_rest_serves(place: Place, get: Get) -> None:
    place.file("help/basics/broken.md", "---\ntitle: [x\n---\nwords")
    place.article("basics/good.md")
    assert "Good" in get("/help/basics/")
    assert place.client().get("/help/basics/broken").status_code == 404
    assert any(line.startswith("help/basics/broken.md:") and "not valid YAML" in line for line in place.problems())


def test_a_mount_that_is_not_there_is_left_out(place: Place, get: Get) -> None:
    place.mounts.append(place.folder / "nowhere")
    place.article("basics/good.md")
    assert "Good" in get("/help/")


def test_only_what_changed_is_read_again(place: Place) -> None:
    filled(place)
    place.article("basics/a.md", title="First title")
    place.refresh()
    with place.app.app_context():
        before = {article.id: article for article in place.library.catalog.articles}
        version = place.library.index.view.version
        assert place.library.refresh().by_id.keys() == before.keys()
        assert place.library.index.refresh().version == version
        place.article("basics/a.md", title="Second title")
        after = place.library.refresh().by_id
    assert after["a-id"].title == "Second title"
    assert {name for name in before if before[name] != after[name]} == {"a-id"}


def test_what_is_deleted_is_gone(place: Place, get: Get) -> None:
    file = place.article("basics/a.md", "wombat")
    place.article("basics/b.md")
    place.refresh()
    file.unlink()
    place.refresh()
    assert place.client().get("/help/basics/a").status_code == 404
    assert "/help/basics/a" not in get("/help/search?q=wombat")
