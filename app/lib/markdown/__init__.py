"""Markdown to safe HTML: two doors, and which one depends on who wrote the text.

`render_article` is for files that were committed (python-markdown with extensions);
`render_words` is for what visitors and members write (mistune, raw HTML off).
Both end in nh3 with an allow-list, so neither lets `hx-*` or `data-*` through.
"""

from app.lib.markdown.article import RENDERER_VERSION, Rendered, render_article
from app.lib.markdown.outline import Heading, Image
from app.lib.markdown.source import Section, plain_text, sections_of
from app.lib.markdown.words import MAX_BYTES, one_line, render_words

__all__ = [
    "MAX_BYTES",
    "RENDERER_VERSION",
    "Heading",
    "Image",
    "Rendered",
    "Section",
    "one_line",
    "plain_text",
    "render_article",
    "render_words",
    "sections_of",
]
