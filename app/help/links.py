"""Where the links of a file lead: other files become their pages, pictures and downloads their media address."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import quote, unquote

from app.help.catalog import Catalog
from app.help.media import KINDS
from app.help.models.articles import Article
from app.help.places import OWN

TARGET = re.compile(r'(<(?:a|img|video|source)\b[^>]*?\s(?:href|src))="([^"]*)"')
NO_LETTER = re.compile(r"[\W_]+")
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


def led(html: str, path: str, catalog: Catalog) -> str:
    """Cleaned HTML with every link of the file at `path` (`help/basics/a.md`, `faq/b.md`) led to where it belongs. One that leads
    nowhere is words like others: better than a page that says there is nothing."""

    def lead(found: re.Match[str]) -> str:
        target = resolved(unescape(found[2]), path, catalog)
        if target is None:
            return found[1].rpartition(" ")[0] if found[1].startswith("<a") else found[0]
        return f'{found[1]}="{escape(target)}"'

    return TARGET.sub(lead, html)


def resolved(target: str, path: str, catalog: Catalog) -> str | None:
    """The address a link leads to; None for one that fits nothing here."""
    address, mark, anchor = target.partition("#")
    if not address and path in catalog.by_path:
        return f"#{landed(anchor, catalog.by_path[path])}"
    if not address or OUTSIDE.match(address) or (address.startswith("/") and own(path)):
        return target
    place = inside(path, address)
    if is_file(place):
        return f"/help/media/{quote(place)}"
    article = find_article(place, catalog)
    return f"{article.url}{mark}{landed(anchor, article)}" if article else None


def landed(anchor: str, article: Article) -> str:
    """The anchor as the article has it. Other renderers keep signs and hyphens that ours drops, and number twins in another way."""
    known = [name for _, name, _ in article.headings]
    wanted = NO_LETTER.sub("", unquote(anchor).lower())
    if not wanted or anchor in known:
        return anchor
    return next((quote(name) for name in known if NO_LETTER.sub("", name) == wanted), anchor)


def own(path: str) -> bool:
    """Whether a path belongs to the firm's own articles or questions, where an address that begins with / is one of the site."""
    return path.partition("/")[0] in {OWN, "faq"}


def is_file(place: str) -> bool:
    """Whether a path names a picture or a download rather than an article, whose name may have dots too."""
    return PurePosixPath(place.lower()).suffix in KINDS


def inside(path: str, address: str) -> str:
    """The path of a link's target from the root of the mounts: `help/tutorials/x.md`."""
    address = unquote(address.partition("?")[0])
    base = path.partition("/")[0] if address.startswith("/") else path.rpartition("/")[0]
    return normpath(f"{base}/{address.lstrip('/')}").removeprefix("../")


def find_article(place: str, catalog: Catalog) -> Article | None:
    """The article in that file, also when the ending or an index file is left out."""
    names = (place, f"{place}.md", f"{place}/index.md", f"{place}/README.md")
    return next((catalog.by_path[name] for name in names if name in catalog.by_path), None)
