"""Full-text search over entries: an FTS5 table on SQLite, a GIN index on PostgreSQL, one way to ask.

Both see words without case or accents; the last word may be a beginning. Whoever asks what people typed must say who asks.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import (
    DDL,
    ColumnElement,
    Select,
    and_,
    bindparam,
    column,
    event,
    func,
    literal_column,
    not_,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.engine import Connection

from app.conversations.models.entries import Entry
from app.lib.db import db


class Phrase(str):
    """Words that are looked for side by side, just as they stand."""

    __slots__ = ()


WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 12
LATEST = 50_000  # entries among which the newest hits are looked for first
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
# Kept in the row: taking one entry apart costs more than looking at a hundred, and the planner does not know it.
POSTGRESQL = (
    f"ALTER TABLE entries ADD COLUMN IF NOT EXISTS words_fts tsvector GENERATED ALWAYS AS ({VECTOR}) STORED",
    "CREATE INDEX IF NOT EXISTS ix_entries_words_fts ON entries USING gin (words_fts)",
)


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


def matching(typed: str, most: int | None = None) -> Select[int]:
    """The ids of entries that hold every word typed (the last may be a beginning), or the Phrase as it stands.

    All of them, or the newest `most`, newest first. Check who asks: this does not.
    """
    words = words_of(typed)
    if not words:
        return select(Entry.id).where(Entry.id == -1)
    if db.session.get_bind().dialect.name == "sqlite":
        return in_sqlite(fts5(typed), most)
    return in_postgresql(held(typed), most, "id")


def said_in(typed: str, most: int | None = None, among: Select[int] | None = None) -> Select[int]:
    """The ids of the conversations of these entries, once for each place; with `among`, of these conversations only."""
    words = words_of(typed)
    if not words:
        return select(Entry.conversation_id).where(Entry.id == -1)
    inside = true() if among is None else Entry.conversation_id.in_(among)
    if db.session.get_bind().dialect.name == "sqlite":
        return select(Entry.conversation_id).where(Entry.id.in_(in_sqlite(fts5(typed), most)), inside)
    return in_postgresql(and_(held(typed), inside), most, "conversation_id")


def held(typed: str) -> ColumnElement[bool]:
    simple: Any = literal_column("'simple'")
    words = words_of(typed)
    if isinstance(typed, Phrase):
        query = func.phraseto_tsquery(simple, bindparam(None, " ".join(words)))
    else:
        query = func.to_tsquery(simple, bindparam(None, " & ".join(words) + ":*"))
    return literal_column("entries.words_fts").op("@@")(query)


def fts5(typed: str) -> str:
    words = words_of(typed)
    return f'"{" ".join(words)}"' if isinstance(typed, Phrase) else " ".join(f'"{word}"' for word in words) + "*"


def in_sqlite(query: str, most: int | None) -> Select[int]:
    fts: Any = table("entries_fts", column("rowid"))
    hits = select(fts.c.rowid).where(literal_column("entries_fts").op("MATCH")(query))
    return hits if most is None else hits.order_by(fts.c.rowid.desc()).limit(most)


def in_postgresql(hit: ColumnElement[bool], most: int | None, wanted: str) -> Select[int]:
    """The `wanted` column of what the index finds, which is read before anything is sorted or cut: with a limit in its sight the planner
    walks the whole table backwards, and a rare word among a million comes at its end.

    The newest ones are looked for among the latest entries first: of a common word nobody needs to know half a million places.
    """
    if most is None:
        return select(found(hit).c[wanted])
    edge = select(func.max(Entry.id) - LATEST).scalar_subquery()
    late = found(and_(hit, Entry.id > edge))
    enough = select(func.count()).select_from(late).scalar_subquery() >= most
    early = found(and_(hit, not_(enough)))
    both = union_all(select(late), select(early).where(early.c.id <= edge)).subquery()
    return select(both.c[wanted]).order_by(both.c.id.desc()).limit(most)


def found(hit: ColumnElement[bool]) -> Any:
    return select(Entry.id, Entry.conversation_id).where(hit).cte().prefix_with("MATERIALIZED", dialect="postgresql")


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
