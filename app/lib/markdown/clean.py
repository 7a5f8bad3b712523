"""The allow-lists: what HTML may leave this package.

Runs after the markdown parser, so attributes that an author wrote with `{: onclick=… }` or
`{: hx-get=… }` are judged like typed HTML. No `data-*` wildcard: htmx also reads `data-hx-*`.
"""

from __future__ import annotations

import re

import nh3

INLINE = {"a", "abbr", "b", "br", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "small", "span", "strong"}
INLINE |= {"sub", "sup", "u", "var", "samp", "cite", "dfn", "time"}
BLOCK = {"blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
BLOCK |= {"li", "ol", "p", "pre", "ul", "details", "summary", "section"}
TABLE = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
ARTICLE_TAGS = INLINE | BLOCK | TABLE | {"img", "input", "label"}
WORDS_TAGS = {"a", "blockquote", "br", "code", "del", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
WORDS_TAGS |= {"h3", "h4", "h5", "h6"}

ARTICLE_ATTRIBUTES = {
    "*": {"id", "class", "title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "input": {"checked", "disabled", "name"},
    "label": {"for"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "th": {"colspan", "rowspan", "scope", "align"},
    "td": {"colspan", "rowspan", "align"},
    "details": {"open"},
    "time": {"datetime"},
    "abbr": {"title"},
}
WORDS_ATTRIBUTES = {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
STRAY_INPUT = re.compile(r'<input(?![^>]*\btype="(?:checkbox|radio)")[^>]*>')

_article = nh3.Cleaner(
    tags=ARTICLE_TAGS,
    attributes=ARTICLE_ATTRIBUTES,
    tag_attribute_values={"input": {"type": {"checkbox", "radio"}}},
    clean_content_tags={"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math"},
    url_schemes=SCHEMES,
    link_rel="noopener",
)
_words = nh3.Cleaner(
    tags=WORDS_TAGS,
    attributes=WORDS_ATTRIBUTES,
    clean_content_tags={"script", "style"},
    url_schemes=SCHEMES,
    link_rel="nofollow ugc noopener",
    id_prefix="user-",
)


def clean_article(html: str) -> str:
    """HTML of a committed article -> HTML that may stand in a page (inputs only as boxes and radios)."""
    return STRAY_INPUT.sub("", _article.clean(html))


def clean_words(html: str) -> str:
    """HTML made from a stranger's words -> the few tags and attributes such words may have."""
    return _words.clean(html)
