"""What a stranger's page costs, against a bare Flask page on the same server and workers."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlsplit

from tests.bench.load import bare_ms, cpu_ms, served, site
from tests.bench.table import Row, beside

GOAL = 1.5
PAGES = {"home page": "/", "about page": "/about", "privacy page": "/legal/privacy", "help center": "/help/"}


def run() -> list[Row]:
    web = served(site())
    pages = {name: path for name, path in PAGES.items() if status(web.url, path) == 200}
    article = first_article(web.url)
    if article:
        pages["help article"] = article
    return [beside(f"{name}, a stranger", cpu_ms(web, path), "ms CPU", "bare Flask page", bare_ms(), GOAL) for name, path in pages.items()]


def get(url: str, path: str) -> tuple[int, str]:
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    line.request("GET", path)
    answer = line.getresponse()
    text = answer.read().decode(errors="replace")
    line.close()
    return answer.status, text


def status(url: str, path: str) -> int:
    return get(url, path)[0]


def first_article(url: str) -> str | None:
    """The address of some article that the help center links to."""
    found = re.findall(r'href="(/help/[a-z0-9-]+/[a-z0-9-]+)"', get(url, "/help/")[1])
    return found[0] if found else None
