"""HTML of mails: its words without tags, and a clean copy to show. Neither takes long, however it is built."""

from __future__ import annotations

import base64
import html as entities
import re

import nh3

from app.mailroom.reading import Mail

BREAKS = re.compile(r"<(br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^<>]{0,200}>", re.IGNORECASE)
TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})[^<>]{0,4000}>", re.IGNORECASE)
CID = re.compile(r"cid:([^\"'\s)>]+)", re.IGNORECASE)
# Tags that nobody needs to close; they do not nest.
FLAT = frozenset(
    ["area", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p", "td", "tfoot", "th", "thead", "tr", "wbr"]
)
HIDDEN = {"script", "style", "title"}
DEEPEST = 500
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
LARGEST_PICTURE = 2_000_000
# Mails are written for white paper: dark pages would make their own colours unreadable.
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A letter</title><style>
body {{ margin: 16px; background: #fff; color: #15202b; font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }}
pre {{ white-space: pre-wrap; font: inherit; margin: 0 }} img {{ max-width: 100%; height: auto }} table {{ max-width: 100% }}
</style></head><body>{}</body></html>"""


def too_deep(html: str) -> bool:
    """Thousands of tags inside each other: the time to parse them grows with the square of their number."""
    depth = 0
    for closing, name in TAG.findall(html):
        if name.lower() not in FLAT:
            depth = max(0, depth + (-1 if closing else 1))
            if depth > DEEPEST:
                return True
    return False


def words_in(html: str) -> str:
    """What somebody would read, line by line."""
    broken = BREAKS.sub("\n", html)
    bare = TAG.sub(" ", broken) if too_deep(html) else nh3.clean(broken, tags=set(), clean_content_tags=HIDDEN)
    lines = (" ".join(line.split()) for line in entities.unescape(bare).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def shown(mail: Mail) -> str:
    """A page for a frame that runs nothing: HTML cleaned, its own pictures in it, nothing fetched from anywhere."""
    if not mail.html.strip() or too_deep(mail.html):
        return PAGE.format(f"<pre>{entities.escape(mail.text.strip() or words_in(mail.html) or 'No words in it.')}</pre>")
    inside = {file.content_id: file for file in mail.files if file.content_id and file.kind in PICTURES}

    def picture(found: re.Match[str]) -> str:
        file = inside.get(found[1])
        fits = file is not None and len(file.content) < LARGEST_PICTURE
        return f"data:{file.kind};base64,{base64.b64encode(file.content).decode()}" if file and fits else "about:blank"

    html = nh3.clean(
        CID.sub(picture, mail.html),
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
        attribute_filter=own_pictures,
    )
    return PAGE.format(html)


def own_pictures(tag: str, name: str, value: str) -> str | None:
    """Pictures that came with the mail; others would tell their server that it is being read, and leave their words (`alt`)."""
    return None if tag == "img" and name == "src" and not value.startswith("data:image/") else value
