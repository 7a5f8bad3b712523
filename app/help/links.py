"""Where the links of a file lead: other files become their pages, pictures and downloads their media address."""

from __future__ import annotations

import re
from html import escape, unescape
from posixpath import normpath
from urllib.parse import quote, unquote

from app.help.catalog import Catalog
from app.help.models.articles import Article
from app.help.places import OWN, SUFFIXES

TARGET = re.compile(r'(<(?:a|img|video|source)\b[^>]*?\s(?:href|src))="([^"]*)"')
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.I)


def led(html: str, path: str, catalog: Catalog) -> str:
    """Cleaned HTML with every link of the file at `path` (`help/basics/a.md`, `faq/b.md`) led to where it belongs."""
    return TARGET.sub(lambda found: f'{found[1]}="{escape(resolved(unescape(found[2]), path, catalog))}"', html)


def resolved(target: str, path: str, catalog: Catalog) -> str:
    """The address a link leads to; one that fits nothing stays as it is."""
    address, mark, anchor = target.partition("#")
    if not address or OUTSIDE.match(address) or (address.startswith("/") and own(path)):
        return target
    place = inside(path, address)
    if is_file(place):
        return f"/help/media/{quote(place)}"
    article = find_article(place, catalog)
    return f"{article.url}{mark}{anchor}" if article else target


def own(path: str) -> bool:
    """Whether a path belongs to the firm's own articles or questions, where an address that begins with / is one of the site."""
    return path.partition("/")[0] in {OWN, "faq"}


def is_file(place: str) -> bool:
    """Whether a path names a picture or a download rather than an article."""
    name = place.rpartition("/")[2].lower()
    return "." in name and not name.endswith(SUFFIXES)


def inside(path: str, address: str) -> str:
    """The path of a link's target from the root of the mounts: `help/tutorials/x.md`."""
    address = unquote(address.partition("?")[0])
    base = path.partition("/")[0] if address.startswith("/") else path.rpartition("/")[0]
    return normpath(f"{base}/{address.lstrip('/')}").removeprefix("../")


def find_article(place: str, catalog: Catalog) -> Article | None:
    """The article in that file, also when the ending or an index file is left out."""
    names = (place, f"{place}.md", f"{place}/index.md", f"{place}/README.md")
    return next((catalog.by_path[name] for name in names if name in catalog.by_path), None)
