"""Full-text search over entries: an FTS5 table on SQLite, a GIN index on PostgreSQL, one way to ask.

Both see words without case or accents; the last word may be a beginning. Whoever asks what people typed must say who asks.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import DDL, ColumnElement, Select, bindparam, column, event, func, literal_column, select, table
from sqlalchemy.engine import Connection

from app.conversations.models.entries import Entry
from app.lib.db import db

WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 12
LATIN = [chr(code) for code in range(0xC0, 0x250) if unicodedata.decomposition(chr(code))[:1] not in {"", "<"}]
PLAIN = [unicodedata.normalize("NFD", letter)[0] for letter in LATIN]
JOINTS = "-_./@:+#&=?,;"  # PostgreSQL would take a number, an address or a path as one word
PLAINED = f"translate(body || ' ' || keywords, '{''.join(LATIN)}{JOINTS}', '{''.join(PLAIN)}{' ' * len(JOINTS)}')"
VECTOR = f"to_tsvector('simple', {PLAINED})"

# A batch migration that rebuilds `entries` on SQLite drops the triggers: run `install` again after it.
SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS entries_fts USING fts5("
    "body, keywords, content='entries', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
    "CREATE TRIGGER IF NOT EXISTS entries_fts_new AFTER INSERT ON entries BEGIN "
    "INSERT INTO entries_fts(rowid, body, keywords) VALUES (new.id, new.body, new.keywords); END",
    "CREATE TRIGGER IF NOT EXISTS entries_fts_gone AFTER DELETE ON entries BEGIN "
    "INSERT INTO entries_fts(entries_fts, rowid, body, keywords) VALUES ('delete', old.id, old.body, old.keywords); END",
    "CREATE TRIGGER IF NOT EXISTS entries_fts_changed AFTER UPDATE OF body, keywords ON entries BEGIN "
    "INSERT INTO entries_fts(entries_fts, rowid, body, keywords) VALUES ('delete', old.id, old.body, old.keywords); "
    "INSERT INTO entries_fts(rowid, body, keywords) VALUES (new.id, new.body, new.keywords); END",
)
POSTGRESQL = (f"CREATE INDEX IF NOT EXISTS ix_entries_fts ON entries USING gin ({VECTOR})",)


def install(connection: Connection) -> None:
    """Make the index and what keeps it up to date, where they are missing. For migrations."""
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement.replace("%", "%%"))


def ddl(statement: str, dialect: str) -> Any:
    return DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]


for dialect, statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    for statement in statements:
        event.listen(Entry.__table__, "after_create", ddl(statement, dialect))
event.listen(Entry.__table__, "after_drop", ddl("DROP TABLE IF EXISTS entries_fts", "sqlite"))


def words_of(typed: str) -> list[str]:
    """The words to look for: without case and accents, at most twelve."""
    flat = unicodedata.normalize("NFKD", typed.replace("\0", " ").casefold())
    return WORD.findall("".join(letter for letter in flat if not unicodedata.combining(letter)))[:MOST_WORDS]


def matching(typed: str) -> Select[int]:
    """The ids of entries that hold every word typed (the last may be a beginning), newest first. Check who asks: this does not."""
    words = words_of(typed)
    if not words:
        return select(Entry.id).where(Entry.id == -1)
    if db.session.get_bind().dialect.name == "sqlite":
        return in_sqlite(words)
    query = func.to_tsquery(literal_column("'simple'"), bindparam(None, " & ".join(words) + ":*"))
    return select(Entry.id).where(vector().op("@@")(query)).order_by(Entry.id.desc())


def in_sqlite(words: list[str]) -> Select[int]:
    fts: Any = table("entries_fts", column("rowid"))
    query = " ".join(f'"{word}"' for word in words) + "*"
    return select(fts.c.rowid).where(literal_column("entries_fts").op("MATCH")(query)).order_by(fts.c.rowid.desc())


def vector() -> ColumnElement[Any]:
    return literal_column(VECTOR.replace("body", "entries.body").replace("keywords", "entries.keywords"))


def marked(text: str, typed: str, around: int = 70) -> Markup:
    """A piece of `text` around the first word found, with every found word in <mark>."""
    words = words_of(typed)
    spots = [match for match in WORD.finditer(text) if any(same(match[0], word) for word in words)]
    start = max(spots[0].start() - around, 0) if spots else 0
    end = min((spots[0].end() if spots else 0) + around * 2, len(text))
    piece, at = escape("…" if start else ""), start
    for match in (spot for spot in spots if spot.end() <= end):
        piece += escape(text[at : match.start()]) + Markup("<mark>{}</mark>").format(match[0])
        at = match.end()
    return piece + escape(text[at:end]) + ("…" if end < len(text) else "")


def same(found: str, word: str) -> bool:
    return "".join(words_of(found)).startswith(word)
