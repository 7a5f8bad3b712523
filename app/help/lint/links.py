"""Links, anchors, pictures, films and downloads must lead somewhere, and pictures must say what they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from app.help.links import OUTSIDE, find_article, inside, is_file, landed, own
from app.help.lint.sheet import ADVICE, Finding, Sheet, size_of
from app.help.media import locate
from app.help.models.articles import Article

PICTURE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)[^)]*\)")
LINK = re.compile(r"(?<!!)\[((?:[^\]\[]|\[[^\]]*\])*)\]\(\s*(?:<([^>]*)>|([^)\s]*))[^)]*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]^]+\]:\s*<?(\S+?)>?(?:\s|$)")
OWN_ID = re.compile(r"\{:?[^}]*#([\w-]+)|\bid=[\"']([\w-]+)[\"']")
VAGUE = {"here", "click here", "this", "this link", "link", "more", "read more", "this page", "this article"}
LARGEST_PICTURE = 400_000
FORMER = ("/help/search", "/help/media/", "/help/a/", "/help/faq")


def rules(sheet: Sheet) -> Iterator[Finding]:
    for line, text in sheet.lines:
        for alt, target in PICTURE.findall(text):
            yield from picture(sheet, line, alt, target)
        for words, bracketed, plain in LINK.findall(text):
            if words.strip().lower() in VAGUE:
                yield sheet.at(line, f"The link “{words.strip()}” does not say where it leads.", ADVICE)
            yield from link(sheet, line, bracketed or plain)
        if found := REFERENCE.match(text):
            yield from link(sheet, line, found[1])
    if sheet.article:
        yield from head(sheet, sheet.article)


def picture(sheet: Sheet, line: int, alt: str, target: str) -> Iterator[Finding]:
    if not alt.strip():
        yield sheet.at(line, f"The picture {target} has no words for those who cannot see it.")
    if "{{" in target and not sheet.own:
        return
    if OUTSIDE.match(target):
        yield sheet.at(line, f"The picture {target} comes from another host; browsers will not show it.")
        return
    file = locate(inside(sheet.path, target.partition("#")[0]))
    if file is None:
        yield sheet.at(line, f"There is no picture {target}.")
    elif size_of(file) > LARGEST_PICTURE:
        yield sheet.at(line, f"The picture {target} has {size_of(file) // 1000} kB; {LARGEST_PICTURE // 1000} are the most.", ADVICE)


def link(sheet: Sheet, line: int, target: str) -> Iterator[Finding]:
    address, _, anchor = target.partition("#")
    if not target or OUTSIDE.match(target) or (not sheet.own and (address.startswith("/") or "{{" in target)):
        return
    if not address:
        known = anchors(sheet.catalog.by_path[sheet.path], sheet) if sheet.path in sheet.catalog.by_path else own_anchors(sheet)
        if unquote(anchor) not in known:
            yield sheet.at(line, f"There is no heading #{anchor} in this file.")
    elif address.startswith("/") and own(sheet.path):
        yield from site_link(sheet, line, address)
    elif is_file(place := inside(sheet.path, address)):
        if locate(place) is None:
            yield sheet.at(line, f"There is no file {address}.")
    else:
        yield from article_link(sheet, line, address, unquote(anchor), find_article(place, sheet.catalog))


def article_link(sheet: Sheet, line: int, address: str, anchor: str, target: Article | None) -> Iterator[Finding]:
    if target is None:
        yield sheet.at(line, f"There is no article {address}.")
    elif target.status != "published" and sheet.article and sheet.article.status == "published":
        yield sheet.at(line, f"{address} is not published ({target.status}).")
    elif anchor and not {anchor, landed(anchor, target)} & anchors(target, sheet):
        yield sheet.at(line, f"There is no heading #{anchor} in {address}.")


def site_link(sheet: Sheet, line: int, address: str) -> Iterator[Finding]:
    """Addresses of the site: those of the help center are checked, others belong to other slices."""
    parts = address.strip("/").split("/", 2)
    if parts[0] != "help" or len(parts) < 3 or address.startswith(FORMER):
        return
    if (parts[1], parts[2]) not in sheet.catalog.by_address:
        moved = sheet.catalog.redirects.get(f"{parts[1]}/{parts[2]}")
        yield sheet.at(line, f"{address} has moved: link to {sheet.catalog.by_id[moved].url}." if moved else f"There is no page {address}.")


def anchors(article: Article, sheet: Sheet) -> set[str]:
    """The anchors of an article's headings, and those given by hand."""
    document = sheet.document if article is sheet.article else article.source()
    given = {a or b for a, b in OWN_ID.findall(document.body)} if document else set()
    return {anchor for _, anchor, _ in article.headings} | given


def own_anchors(sheet: Sheet) -> set[str]:
    return {section.anchor for section in sheet.sections} | {a or b for a, b in OWN_ID.findall(sheet.document.body)}


def head(sheet: Sheet, article: Article) -> Iterator[Finding]:
    """What the front matter names."""
    for name in article.related:
        if name not in sheet.catalog.by_id:
            yield sheet.in_head("related", f"`related: {name}` is no article's id.")
    named = [("downloads", download["file"]) for download in article.downloads]
    named += [("video", article.video[key]) for key in ("src", "captions", "poster") if article.video.get(key)]
    for key, file in named:
        if locate(f"help/{file}") is None:
            yield sheet.in_head(key, f"There is no file {file} under content/help.")
    if article.video and not article.video.get("captions"):
        yield sheet.in_head("video", "The film has no captions.")
