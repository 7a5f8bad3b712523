"""Kinds: what a file is, told by its content alone. What is not on the list is refused, with a reason that people understand."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Set as AbstractSet

import puremagic

from app.lib.uploads.archives import look_inside


class Refused(ValueError):
    """The file is not taken; the message says why, in words for the person who sent it."""


OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."

PICTURES = frozenset(f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "bmp", "tiff", "avif"))
TEXTS = {
    "text/plain": ("txt", "log", "text"),
    "text/csv": ("csv", "tsv"),
    "text/markdown": ("md", "markdown"),
    "text/calendar": ("ics",),
    "text/vcard": ("vcf",),
    "application/json": ("json",),
    "message/rfc822": ("eml",),
}
ARCHIVES = {
    OFFICE + "wordprocessingml.document": ("docx",),
    OFFICE + "spreadsheetml.sheet": ("xlsx",),
    OFFICE + "presentationml.presentation": ("pptx",),
    OPEN + "text": ("odt",),
    OPEN + "spreadsheet": ("ods",),
    OPEN + "presentation": ("odp",),
    "application/zip": ("zip",),
}
OTHERS = {
    "application/pdf": ("pdf",),
    "application/rtf": ("rtf",),
    "audio/mpeg": ("mp3",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/wav": ("wav",),
    "video/mp4": ("mp4", "m4a", "m4v", "mov"),
    "video/webm": ("webm", "weba"),
}
EXTENSIONS: dict[str, tuple[str, ...]] = {**{kind: (kind[6:],) for kind in PICTURES}, **TEXTS, **ARCHIVES, **OTHERS}
EXTENSIONS["image/jpeg"], EXTENSIONS["image/tiff"] = ("jpg", "jpeg"), ("tif", "tiff")
ALLOWED = frozenset(EXTENSIONS)
# For <input type="file" accept="…">: what a picker offers first.
ACCEPT = ",".join(sorted({f".{extension}" for extensions in EXTENSIONS.values() for extension in extensions}))

# How each kind must begin; puremagic then names what is none of these.
BEGINNINGS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(beginning, re.DOTALL))
    for kind, beginning in (
        ("image/png", rb"\x89PNG\r\n\x1a\n"),
        ("image/jpeg", rb"\xff\xd8\xff"),
        ("image/gif", rb"GIF8[79]a"),
        ("image/webp", rb"RIFF....WEBP"),
        ("image/bmp", rb"BM....\x00\x00\x00\x00"),
        ("image/tiff", rb"II\*\x00|MM\x00\*"),
        ("image/avif", rb"....ftypavi[fs]"),
        ("application/pdf", rb"%PDF-[12]\.\d"),
        ("application/rtf", rb"\{\\rtf1"),
        ("audio/mpeg", rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2\xfa]"),
        ("audio/ogg", rb"OggS\x00"),
        ("audio/wav", rb"RIFF....WAVE"),
        ("video/mp4", rb"....ftyp(isom|iso\d|mp4\d|M4[AVB] |avc1|dash|qt  |MSNV|3gp\d)"),
        ("video/webm", rb"\x1aE\xdf\xa3.{0,60}webm"),
        ("application/zip", rb"PK\x03\x04"),
    )
)
PROGRAMS = re.compile(
    rb"MZ|\x7fELF|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe|"
    rb"dex\n|\x00asm|#!|L\x00\x00\x00\x01\x14\x02\x00|%!PS",
    re.DOTALL,
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SCRIPT = re.compile(r"[\ufeff\s]*(#!|%!PS)")
MARKUP = re.compile(r"[\ufeff\s]*<[a-zA-Z!?/%]")
PROGRAM_WORDS = """
    ade adp apk app appx asp aspx bas bat bin cgi chm class cmd com command cpl crt deb desktop dll dmg docm elf exe gadget hta
    htm html inf ins ipa iso isp jar js jse jsp ksh lib lnk mde mht mhtml mjs msc msi msp mst nsh ocx phar php php3 php5 phtml pif
    pl pm potm ppam ppsm pptm prg ps ps1 ps1xml ps2 psc1 psm1 py pyc pyo pyw rb reg rpm run scf scr sct sh shb shs shtml sldm so
    svg svgz swf sys url vb vbe vbs vxd wasm ws wsc wsf wsh xht xhtml xlam xll xlsm xltm xml xps xsl xslt
"""
PROGRAM_NAMES = frozenset(PROGRAM_WORDS.split())
PROGRAM = "Programs, scripts and web pages are not accepted. A picture, a PDF or an Office document is welcome."


def sniff(content: bytes, name: str, allow: AbstractSet[str] = ALLOWED) -> str:
    """The MIME type of `content`, one of `allow`. Raises Refused; `name` can only make the judgement stricter."""
    if not content:
        raise Refused("The file is empty.")
    if extension_of(name) in PROGRAM_NAMES:
        raise Refused(PROGRAM)
    kind = binary_kind(content) or text_kind(content, extension_of(name))
    if kind not in allow:
        raise Refused("This kind of file is not accepted here.")
    return kind


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower().strip() if "." in name else ""


def binary_kind(content: bytes) -> str | None:
    kind = next((kind for kind, beginning in BEGINNINGS if beginning.match(content)), None)
    if kind == "application/zip":
        return kind_of_archive(content)
    if kind and kind not in PICTURES and hides_an_archive(content):
        raise Refused("The file is two kinds of file at once.")
    return kind


def kind_of_archive(content: bytes) -> str:
    """Which Office format the archive is, or a plain archive. Raises Refused for bombs, programs, macros and locked archives."""
    reason, names = look_inside(content, PROGRAM_NAMES)
    if reason:
        raise Refused(reason)
    parts = {"word/": "wordprocessingml.document", "xl/": "spreadsheetml.sheet", "ppt/": "presentationml.presentation"}
    if "[Content_Types].xml" in names:
        return next((OFFICE + kind for folder, kind in parts.items() if any(n.startswith(folder) for n in names)), "application/zip")
    if names[:1] == ["mimetype"]:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            said = archive.read("mimetype")[:80].decode("ascii", "replace")
        return said if said in ARCHIVES else "application/zip"
    return "application/zip"


def hides_an_archive(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return bool(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def text_kind(content: bytes, extension: str) -> str:
    words = as_text(content)
    if words is None:
        raise Refused(reason_for(content))
    if MARKUP.match(words) or SCRIPT.match(words):
        raise Refused(PROGRAM)
    return next((kind for kind, extensions in TEXTS.items() if extension in extensions), "text/plain")


def as_text(content: bytes) -> str | None:
    """The words when this is text (UTF-8, UTF-16 with its mark, or Windows-1252) without control characters, else None."""
    wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for charset in ("utf-16",) if wide else ("utf-8", "cp1252"):
        try:
            words = content.decode(charset)
        except UnicodeDecodeError:
            continue
        return None if re.search(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]", words) else words
    return None


def reason_for(content: bytes) -> str:
    if PROGRAMS.match(content):
        return PROGRAM
    if content.startswith(OLD_OFFICE):
        return "Old Office files can hold programs. Please save it as .docx, .xlsx, .pptx or PDF and send that."
    if content[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"}:
        return "HEIC pictures cannot be shown everywhere. Please save it as JPEG and send that."
    looks = guessed(content)
    hint = f" It looks like: {looks}." if looks else ""
    return f"This kind of file is not accepted.{hint} Pictures, PDF, Office documents, text, sound and video are welcome."


def guessed(content: bytes) -> str:
    try:
        best = max(puremagic.magic_string(content[:65536]), key=lambda match: float(match.confidence))
    except (puremagic.PureError, ValueError):
        return ""
    return str(best.name)[:60] if float(best.confidence) >= 0.5 else ""
