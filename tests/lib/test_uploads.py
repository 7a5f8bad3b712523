"""Uploads: what is taken, what is refused and why, and how a file leaves."""

from __future__ import annotations

import io
import os
import socketserver
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from app.lib import uploads
from app.lib.db import db, roll_back, unit_of_work
from app.lib.uploads import PICTURES, Refused, Upload, judge, judged, kinds, pictures, send, store
from tests.pace import within
from tests.standin import running

HTML = b"<script>alert(document.domain)</script>"


def keep(content: bytes, name: str, owner: str) -> Upload:
    return judge(content, name).kept(owner)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(buffer, kind, **options)
    return buffer.getvalue()


def archive(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


def docx(**more: bytes) -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>", **more})


@pytest.mark.parametrize(
    ("name", "content", "kind", "kept_as"),
    [
        ("a.png", picture(), "image/png", "a.png"),
        ("a.JPG", picture("JPEG"), "image/jpeg", "a.jpg"),
        ("scan.bmp", picture("BMP"), "image/png", "scan.bmp.png"),
        ("scan.tif", picture("TIFF"), "image/png", "scan.tif.png"),
        ("a.webp", picture("WEBP"), "image/webp", "a.webp"),
        ("picture.pdf", picture(), "image/png", "picture.pdf.png"),
        ("letter.docx", docx(), kinds.OFFICE + "wordprocessingml.document", "letter.docx"),
        ("files.zip", archive({"one.txt": b"words"}), "application/zip", "files.zip"),
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "application/pdf", "a.pdf"),
        ("words.txt", "Grüße, 你好".encode(), "text/plain", "words.txt"),
        ("old.txt", "Grüße".encode("cp1252"), "text/plain", "old.txt"),
        ("wide.txt", "Grüße".encode("utf-16"), "text/plain", "wide.txt"),
        ("table.csv", b"a,b\n1,2\n", "text/csv", "table.csv"),
        ("words.pdf", b"just words", "text/plain", "words.pdf.txt"),
        ("error.log", b"GET / 500 <html> in the middle", "text/plain", "error.log"),
        ("meet.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar", "meet.ics"),
        ("", b"no name at all", "text/plain", "file.txt"),
    ],
)
def test_a_file_is_known_by_its_content(app: Flask, name: str, content: bytes, kind: str, kept_as: str) -> None:
    row = keep(content, name, "entry:1")
    assert (row.content_type, row.name) == (kind, kept_as)
    assert row.file.read_bytes() and row.file.stat().st_size == row.size


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "empty"),
        ("setup.exe", b"MZ\x90\x00\x03\x00\x00\x00", "Programs"),
        ("innocent.pdf", b"MZ\x90\x00\x03\x00\x00\x00", "Programs"),
        ("tool", b"\x7fELF\x02\x01\x01\x00\x00", "Programs"),
        ("run.sh", b"echo hello", "Programs"),
        ("run.txt", b"#!/bin/sh\nrm -rf /", "Programs"),
        ("run.txt", b"\xef\xbb\xbf\n #!/usr/bin/env python", "Programs"),
        ("run.bat", b"@echo off", "Programs"),
        ("page.html", b"words", "Programs"),
        ("page.txt", b"<!DOCTYPE html><p>hello", "Programs"),
        ("page.txt", b"  \n" + HTML, "Programs"),
        ("page.txt", "<html>".encode("utf-16"), "Programs"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "Programs"),
        ("drawing.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "Programs"),
        ("shell.php", b"<?php system($_GET['c']);", "Programs"),
        ("shell.jpg", b"<?php system($_GET['c']);", "Programs"),
        ("page.ps", b"%!PS-Adobe-3.0", "Programs"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Old Office"),
        ("photo.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "JPEG"),
        ("noise.bin", bytes(range(1, 9)) * 40, "Programs"),
        ("noise", bytes(range(1, 9)) * 40, "not accepted"),
        ("cut.png", picture()[:40], "damaged"),
        ("cut.jpg", b"\xff\xd8\xff\xe0" + bytes(40), "damaged"),
        ("gif.gif", b"GIF89a/*" + bytes(3) + b"*/=1;alert(1)", "damaged"),
        ("broken.zip", b"PK\x03\x04" + bytes(60), "damaged"),
    ],
)
def test_what_could_harm_or_is_nothing_is_refused_with_a_reason(app: Flask, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        keep(content, name, "entry:1")
    assert db.session.scalars(select(Upload)).all() == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_loses_whatever_hides_behind_it(app: Flask, kind: str) -> None:
    bad = picture(kind) + archive({"evil.class": b"code"}) + b"<?php echo 1; ?>" + HTML
    row = keep(bad, "holiday.png", "entry:1")
    kept = row.file.read_bytes()
    assert b"<?php" not in kept and b"<script" not in kept and b"PK\x03\x04" not in kept


def test_a_picture_loses_its_place_and_stands_upright(app: Flask) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret place"
    exif.get_ifd(0x8825)[1] = "N"
    row = keep(picture("JPEG", (60, 20), exif=exif, comment=b"a secret comment"), "p.jpg", "entry:1")
    kept = row.file.read_bytes()
    assert b"secret" not in kept and not Image.open(io.BytesIO(kept)).getexif()
    assert (row.width, row.height) == (20, 60)


def test_words_hidden_in_a_png_go_and_what_is_clear_stays_clear(app: Flask) -> None:
    drawing, buffer, hidden = Image.new("P", (9, 9)), io.BytesIO(), PngInfo()
    drawing.info["transparency"] = 0
    hidden.add_text("note", "a secret")
    drawing.save(buffer, "PNG", pnginfo=hidden)
    kept = keep(buffer.getvalue(), "p.png", "entry:1").file.read_bytes()
    assert b"secret" not in kept and Image.open(io.BytesIO(kept)).mode == "RGBA"


def test_large_pictures_are_made_smaller_and_get_a_thumbnail(app: Flask) -> None:
    row = keep(picture("PNG", (5000, 2500)), "wide.png", "entry:1")
    assert (row.width, row.height) == (4096, 2048)
    assert Image.open(io.BytesIO(row.thumb_file.read_bytes())).size == (480, 240)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_moving_pictures_keep_moving(app: Flask, kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), (n * 60, 0, 0)) for n in range(4)]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=90)
    row = keep(buffer.getvalue(), "move", "entry:1")
    with Image.open(row.file) as kept:
        assert getattr(kept, "n_frames", 1) == 4


def test_pixel_bombs_are_refused_before_they_are_decoded(app: Flask) -> None:
    bomb = bytearray(picture("PNG", (1, 1)))
    bomb[16:24] = (60000).to_bytes(4, "big") + (60000).to_bytes(4, "big")
    bmp = bytearray(picture("BMP", (1, 1)))
    bmp[18:26] = (20000).to_bytes(4, "little") + (20000).to_bytes(4, "little")

    def refused() -> None:
        for file, name in ((bomb, "bomb.png"), (bmp, "bomb.bmp")):
            with pytest.raises(Refused):
                keep(bytes(file), name, "entry:1")

    assert within(60, refused)
    with pytest.raises(pictures.Damaged, match="million pixels"):
        pictures.redraw(picture("PNG", (10001, 5000)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (archive({f"{n}.txt": bytes(3_000_000) for n in range(3)}), "far too much"),
        (archive({f"{n}.txt": b"" for n in range(2001)}), "far too much"),
        (archive({"run.exe": b"MZ"}), "program"),
        (archive({"page.html": b"<p>"}), "program"),
        (archive({"more.zip": archive({"a.txt": b"a"})}), "another archive"),
        (archive({"../../etc/passwd": b"root"}), "outside"),
        (archive({"C:\\windows\\a.txt": b"root"}), "outside"),
        (docx(**{"word/vbaProject.bin": b"macro"}), "macros"),
        (archive({"mimetype": b"application/vnd.oasis.opendocument.text", "Basic/Standard/Module1.txt": b"x"}), "macros"),
    ],
)
def test_archives_are_judged_by_what_they_say_they_hold(app: Flask, content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        keep(content, "files.zip", "entry:1")


def test_bombs_whose_entries_share_their_bytes_are_refused(app: Flask) -> None:
    content = bytearray(archive({"a.txt": os.urandom(4000), "b.txt": b"b"}, zipfile.ZIP_STORED))
    second = content.rfind(b"PK\x01\x02")
    content[second + 20 : second + 24] = (4000).to_bytes(4, "little")
    with pytest.raises(Refused, match="far too much"):
        keep(bytes(content), "files.zip", "entry:1")


def test_locked_archives_are_refused(app: Flask) -> None:
    content = bytearray(archive({"a.txt": b"words"}))
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused, match="password"):
        keep(bytes(content), "files.zip", "entry:1")


def test_a_pdf_that_is_also_an_archive_is_refused(app: Flask) -> None:
    with pytest.raises(Refused, match="two kinds"):
        keep(b"%PDF-1.7\n" + archive({"a.txt": b"words"}), "both.pdf", "entry:1")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("/etc/cron.d/x.txt", "x.txt"),
        ("a\r\nSet-Cookie: x=y.txt", "aSet-Cookie x=y.txt"),
        ("invoice\u202efdp.txt", "invoicefdp.txt"),
        ("nul.txt", "file nul.txt"),
        ("...", "file.txt"),
        ("   .txt", "txt.txt"),
        ("a" * 400 + ".txt", "a" * 116 + ".txt"),
        ("Grüße \u4f60\u597d.txt", "Grüße \u4f60\u597d.txt"),
        ("a\x00b.txt", "ab.txt"),
        ("\ud800.txt", "txt.txt"),
        ("archive.tar.txt", "archive.tar.txt"),
    ],
)
def test_names_lose_folders_tricks_and_length(app: Flask, given: str, kept: str) -> None:
    row = keep(b"words", given, "entry:1")
    assert row.name == kept
    assert (app.config["SETTINGS"].instance / "uploads").resolve() in row.file.resolve().parents


def test_a_form_may_take_pictures_only(app: Flask) -> None:
    with pytest.raises(Refused, match="accepted here"):
        store(FileStorage(io.BytesIO(b"words"), "a.txt"), owner="person:1", allow=PICTURES)


def test_too_large_is_refused_without_reading_it_all(app: Flask) -> None:
    endless = io.BytesIO(b"a" * (10 * 1024 * 1024 + 9))
    with pytest.raises(Refused, match="10 MB"):
        store(FileStorage(endless, "a.txt"), owner="person:1")
    assert endless.tell() == 10 * 1024 * 1024 + 1


def test_a_file_leaves_as_a_download_that_can_run_nothing(app: Flask) -> None:
    row = keep(b"words <b>", 'Grüße ﷺ "x".txt', "entry:1")
    with app.test_request_context():
        answer = send(row)
        answer.close()
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert "filename*=UTF-8''Gr%C3%BC%C3%9Fe" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"].startswith("private")


def test_the_thumbnail_leaves_as_webp_and_files_without_one_as_they_are(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        small, whole = send(keep(picture(), "a.png", "entry:1"), thumb=True), send(keep(b"words", "a.txt", "entry:1"), thumb=True)
        small.close(), whole.close()
    assert (small.mimetype, whole.mimetype) == ("image/webp", "text/plain")


def test_a_missing_file_is_not_found(app: Flask) -> None:
    row = keep(b"words", "a.txt", "entry:1")
    row.file.unlink()
    with app.test_request_context(), pytest.raises(Exception, match="404"):
        send(row)


def test_discarded_files_go_after_the_commit_only(app: Flask) -> None:
    with unit_of_work():
        row = keep(picture(), "a.png", "entry:1")
    path, thumb = row.file, row.thumb_file
    row.discard()
    roll_back()
    assert path.exists()
    with unit_of_work():
        row.discard()
    assert not path.exists() and not thumb.exists()


def test_the_sweep_takes_what_nobody_claimed_and_what_was_never_committed(app: Flask) -> None:
    with unit_of_work():
        kept, forgotten = keep(b"kept", "a.txt", "entry:1"), keep(b"forgotten", "b.txt", "pending:abc")
    lost = keep(b"rolled back", "c.txt", "entry:2").file
    roll_back()
    for path in (kept.file, forgotten.file, lost):
        os.utime(path, (1, 1))
    forgotten_file, kept_file = forgotten.file, kept.file
    with unit_of_work():
        forgotten.created_at = forgotten.created_at.replace(year=2020)
    with unit_of_work():
        uploads.sweep()
    assert kept_file.exists() and not lost.exists() and not forgotten_file.exists()


def test_giving_a_file_to_its_message(app: Flask) -> None:
    row = keep(b"words", "a.txt", "pending:x")
    row.give_to("entry:7")
    assert db.session.scalars(Upload.of("entry:7", "entry:8")).all() == [row]


class Clamd(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as clamd does and finds EICAR."""

    def handle(self) -> None:
        line = self.request.makefile("rb")
        assert line.read(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(line.read(4), "big"):
            content += line.read(size)
        self.request.sendall(b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0")


@pytest.fixture
def clamd(app: Flask) -> Iterator[None]:
    with running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd)) as server:
        before = app.config["SETTINGS"]
        app.config["SETTINGS"] = replace(before, clamd_url=f"tcp://127.0.0.1:{server.server_address[1]}")
        yield
        app.config["SETTINGS"] = before


def test_a_virus_is_refused_where_a_scanner_is_set(clamd: None) -> None:
    assert keep(b"words" * 30000, "a.txt", "entry:1").size
    with pytest.raises(Refused, match="virus"):
        keep(b"EICAR", "a.txt", "entry:1")


def test_nothing_is_taken_unseen_while_the_scanner_is_away(app: Flask) -> None:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, clamd_url="tcp://127.0.0.1:9")
    try:
        with pytest.raises(Refused, match="cannot be checked"):
            keep(b"words", "a.txt", "entry:1")
    finally:
        app.config["SETTINGS"] = before


def test_of_several_files_all_are_judged_before_one_is_kept(app: Flask) -> None:
    place = app.config["SETTINGS"].instance / "uploads"
    before = set(place.rglob("*"))
    good, bad = FileStorage(io.BytesIO(b"words"), "a.txt"), FileStorage(io.BytesIO(b"MZ\x90\x00" * 40), "b.exe")
    with pytest.raises(Refused, match=r"^b\.exe: "):
        judged([good, bad], 5)
    assert db.session.scalars(select(Upload)).all() == [] and set(place.rglob("*")) == before
    assert [one.name for one in judged([FileStorage(io.BytesIO(b"words"), "a.txt"), "", FileStorage(io.BytesIO(b""), "")], 1)] == ["a.txt"]
    with pytest.raises(Refused, match="at most 1"):
        judged([good, bad], 1)
