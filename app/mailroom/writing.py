"""A mail as an entry: its words, what we said before folded away, its files; nothing of it deleted, the rest is in the original."""

from __future__ import annotations

from markupsafe import Markup
from sqlalchemy import select

from app.accounts.models import Person
from app.business.models import Site
from app.conversations.models import LONGEST, Conversation, Entry
from app.hours.models import main_calendar
from app.lib.db import db
from app.lib.markdown import render_words
from app.lib.uploads import Judged, Refused, Upload, judge
from app.mailroom import invitations, markup
from app.mailroom.folding import Fold, attribution, folds
from app.mailroom.outgoing import own_address
from app.mailroom.reading import Mail

# As templates/notifications/letters/notice.* have it.
LINE = "Write above this line"
MOST_SENT = 50
MOST_FILES = 20


def write(mail: Mail, conversation: Conversation, author: Person, mail_id: int) -> Entry:
    """Say the mail in the conversation. What is too long, and files we do not take, stay in the original, and the entry says so."""
    text = above_the_line(words_of(mail)) if author.is_agent else words_of(mail)
    kept, refused = files(mail, author)
    shown = text[: LONGEST - 500]
    rest = ["The mail is longer: the original has all of it."] if len(text) > len(shown) or not mail.whole else []
    marked = (f"[{line}]" for line in (*rest, *invitations_in(mail), *refused[:5]))
    said = "\n\n".join([shown, *marked]).strip()[:LONGEST]
    found = folds(shown, sent(conversation), (own_address(), Site.current().email, Site.current().name))
    data = {"mail": mail_id, "folds": [[fold.start, fold.end] for fold in found]}
    entry = conversation.say(author, said or "(no text)", channel="email", data=data, uploads=kept)
    if found:
        entry.html = str(drawn(said, found))
    return entry


def above_the_line(text: str) -> str:
    """What an agent wrote: our letter below it, with its line and the program's "you wrote", is for them alone. The original has it."""
    lines = text.split("\n")
    line = next((number for number, words in enumerate(lines) if LINE in words), None)
    if line is None:
        return text
    top = attribution(lines, line, (own_address(), Site.current().email, Site.current().name))
    return "\n".join(words for words in lines[:top]).rstrip("> \n")


def words_of(mail: Mail) -> str:
    """The plain text, or the HTML without its tags."""
    return mail.text.strip("\n") if mail.text.strip() or not mail.html.strip() else markup.words_in(mail.html)


def invitations_in(mail: Mail) -> list[str]:
    """What its calendar parts ask, in words; the same part comes twice in many mails."""
    zone = main_calendar().zone
    calendars = [file.content for file in mail.files if file.kind in invitations.KINDS]
    return list(dict.fromkeys(words for content in calendars[:3] for words in invitations.told(content, zone)))


def sent(conversation: Conversation) -> list[str]:
    """What was said in this thread already, newest first."""
    said = select(Entry.body).where(Entry.conversation_id == conversation.id, Entry.public, Entry.kind == "message")
    return list(db.session.scalars(said.order_by(Entry.seq.desc()).limit(MOST_SENT)))


def drawn(text: str, found: list[Fold]) -> Markup:
    """The words with each folded stretch behind a chip that opens."""
    lines, at, parts = text.split("\n"), 0, Markup("")
    for fold in found:
        parts += render_words("\n".join(lines[at : fold.start]))
        quoted = render_words("\n".join(lines[fold.start : fold.end]))
        parts += Markup('<details class="quoted"><summary>Earlier messages</summary>{}</details>').format(quoted)
        at = fold.end
    return parts + render_words("\n".join(lines[at:]))


def files(mail: Mail, author: Person) -> tuple[list[Upload], list[str]]:
    """The files that pass the rules for uploads, and why others did not. The same file twice is one."""
    taken: list[Judged] = []
    refused: list[str] = []
    single = list({(file.name, file.content): file for file in mail.files}.values())
    for file in single[:MOST_FILES]:
        try:
            taken.append(judge(file.content, file.name))
        except Refused as error:
            refused.append(f"{' '.join(file.name.split())[:80]} was not taken: {error}")
    refused += [f"{len(single) - MOST_FILES} more files are in the original."] if len(single) > MOST_FILES else []
    return [file.kept(f"pending:person:{author.id}") for file in taken], refused
