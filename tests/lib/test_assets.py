"""Assets: addresses that name their content, bundles in layer order, kept for a year when the address is right."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.lib import assets
from app.lib.assets import Shelf, asset, squeezed_css
from app.settings import ROOT

STATIC = ROOT / "static"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A small shop: two scripts, a picture, and style sheets that name one another."""
    monkeypatch.setattr(assets, "_more_css", [])
    for name, words in {
        "css/layers.css": "@layer tokens, parts, utilities;",
        "css/tokens.css": '@font-face { src: url("../img/letter.woff2"); }\n@layer tokens { :root { --a: 1px } }',
        "css/reset.css": "",
        "css/base.css": "/* words */ a { color: red ; }",
        "css/layout.css": "",
        "css/parts/button.css": "@layer parts { .button { background: url(data:,x) } }",
        "css/parts/desk-list.css": ".desk-only { color: blue }",
        "css/parts/site-home.css": ".site-only { color: green }",
        "css/pages/help.css": ".guide { background: url(../../img/letter.woff2) }",
        "css/pages/help-more.css": ".guide-more { color: red }",
        "css/utilities.css": ".last { color: black }",
        "img/letter.woff2": "font",
        "js/one.js": 'import "./two.js";',
        "js/two.js": "export {};",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words)
    return Shelf(tmp_path, watch=True)


def touch(file: Path, words: str) -> None:
    stamp = file.stat().st_mtime_ns + 1_000_000
    file.write_text(words)
    os.utime(file, ns=(stamp, stamp))


def test_an_address_names_the_content(shelf: Shelf) -> None:
    before = shelf.url("img/letter.woff2")
    assert re.fullmatch(r"/assets/[0-9a-f]{12}/img/letter\.woff2", before)
    touch(shelf.folder / "img/letter.woff2", "another font")
    assert shelf.url("img/letter.woff2") != before


def test_scripts_share_one_version_so_that_their_imports_agree(shelf: Shelf) -> None:
    one, two = shelf.get("js/one.js").tag, shelf.get("js/two.js").tag
    assert one == two
    touch(shelf.folder / "js/two.js", "export const more = 1;")
    assert shelf.get("js/one.js").tag == shelf.get("js/two.js").tag != one


def test_a_bundle_has_its_files_in_layer_order_and_leaves_out_the_other_side(shelf: Shelf) -> None:
    site, desk = shelf.get("css/site.css").body.decode(), shelf.get("css/desk.css").body.decode()
    assert site.index("@layer tokens,parts,utilities") < site.index("--a:") < site.index(".button") < site.index(".last")
    assert "site-only" in site and "desk-only" not in site
    assert "desk-only" in desk and "site-only" not in desk


def test_addresses_in_a_bundle_name_their_content_too(shelf: Shelf) -> None:
    css = shelf.get("css/site.css").body.decode()
    assert f'url("{shelf.url("img/letter.woff2")}")' in css
    assert "url(data:,x)" in css


def test_what_one_slices_pages_need_is_a_sheet_of_its_own(shelf: Shelf) -> None:
    css = shelf.get("css/pages/help.css").body.decode()
    assert css.startswith('.guide{background: url("/assets/') and css.endswith(".guide-more{color: red}")
    assert "guide" not in shelf.get("css/site.css").body.decode()
    with pytest.raises(FileNotFoundError):
        shelf.get("css/pages/none.css")


def test_a_page_links_the_sheet_of_its_slice(client: FlaskClient) -> None:
    assert re.search(r'href="/assets/\w+/css/pages/marketing\.css"', client.get("/about").text)
    assert "css/pages/" not in client.get("/nothing-here").text


def test_a_bundle_follows_its_files_while_they_are_watched(shelf: Shelf) -> None:
    before = shelf.get("css/site.css").tag
    touch(shelf.folder / "css/base.css", "a { color: teal }")
    assert shelf.get("css/site.css").tag != before
    shelf.watch = False
    kept = shelf.get("css/site.css").tag
    touch(shelf.folder / "css/base.css", "a { color: pink }")
    assert shelf.get("css/site.css").tag == kept


def test_a_look_at_the_files_is_good_for_a_moment(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    shelf.every = 1
    assert shelf.sheet_of("later") is None
    before = shelf.url("css/site.css"), shelf.url("js/one.js")
    touch(shelf.folder / "css/base.css", "a { color: teal }")
    touch(shelf.folder / "js/two.js", "export const more = 1;")
    (shelf.folder / "css/pages/later.css").write_text("")
    moment[0] += 0.9
    assert (shelf.url("css/site.css"), shelf.url("js/one.js"), shelf.sheet_of("later")) == (*before, None)
    moment[0] += 0.2
    after = shelf.url("css/site.css"), shelf.url("js/one.js")
    assert not set(before) & set(after) and shelf.sheet_of("later")


def test_what_is_not_there_or_lies_outside_is_refused(shelf: Shelf) -> None:
    for path in ("img/none.png", "../secret", "css", "img/../../secret", ""):
        with pytest.raises(FileNotFoundError):
            shelf.get(path)


def test_blanks_and_comments_go_and_meaning_stays() -> None:
    assert squeezed_css("/* a */ .a , .b > .c { margin : 0 calc(1px + 2px) ; }\n") == ".a,.b > .c{margin : 0 calc(1px + 2px)}"


def test_the_right_address_is_kept_for_a_year_and_a_stale_one_is_not(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        address = asset("css/site.css")
    right = client.get(address)
    assert right.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert right.mimetype == "text/css"
    stale = client.get("/assets/000000000000/css/site.css")
    assert stale.status_code == 200 and stale.headers["Cache-Control"] == "no-cache"
    assert client.get("/assets/000000000000/css/none.css").status_code == 404
    assert client.get("/assets/000000000000/../app/settings.py").status_code == 404


def test_text_is_sent_gzipped_to_those_who_take_it(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        address = asset("css/site.css")
    plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert "Content-Encoding" not in client.get(address, headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_the_firms_colours_end_the_bundle(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        words = client.get(asset("css/site.css")).text
    assert re.search(r"@layer tokens\{:root\{--brand-hue:[\d.]+;--brand-chroma:[\d.]+;--spot-hue:[\d.]+;--spot-chroma:[\d.]+\}\}$", words)


def test_every_part_reads_tokens_and_names_no_colour() -> None:
    named = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgb\(|\bhsl\(")
    sheets = [*(STATIC / "css/parts").glob("*.css"), *(STATIC / "css/pages").glob("*.css")]
    found = [f"{file.name}: {match[0]}" for file in sheets for match in named.finditer(file.read_text())]
    assert found == []


def test_every_token_a_style_sheet_reads_is_set_somewhere() -> None:
    text = "\n".join(file.read_text() for file in (STATIC / "css").rglob("*.css"))
    used, given = set(re.findall(r"var\((--[\w-]+)\)", text)), set(re.findall(r"(--[\w-]+)\s*:", text))
    assert used - given == set()


def test_vendored_files_are_what_npm_gave() -> None:
    lock = json.loads((STATIC / "vendor/vendor.lock.json").read_text())
    for name, digest in lock["files"].items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, f"{name} was changed; run bin/vendor"
    shipped = {f"vendor/{file.relative_to(STATIC / 'vendor').as_posix()}" for file in (STATIC / "vendor").rglob("*") if file.is_file()}
    assert shipped - {"vendor/vendor.lock.json"} <= set(lock["files"])
    assert all(entry["integrity"].startswith("sha512-") for entry in lock["packages"].values())


def test_every_icon_a_template_asks_for_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    asked = re.compile(r"""(?:ui\.icon\(|\bicon\(|\bicon=|\bafter=|\bsign=)\s*["']([a-z0-9-]+)["']""")
    wanted = {name for file in (ROOT / "templates").rglob("*.html") for name in asked.findall(file.read_text())}
    assert wanted - sprite == set()


def test_the_same_words_are_added_once() -> None:
    def words() -> str:
        return ""

    before = len(assets._more_css)
    assets.add_css(words)
    assets.add_css(words)
    assert len(assets._more_css) == before + 1
    assets._more_css.remove(words)
