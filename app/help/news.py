"""What editors hear of: the words that readers leave for them."""

from __future__ import annotations

from app.accounts.models import Person
from app.help import library
from app.help.events import CommentLeft
from app.help.models.voices import Comment
from app.lib.db import db
from app.lib.facts import on
from app.notifications.channels import Topic, declare
from app.notifications.models import Notice

PAGE = "/desk/content/comments"
LONGEST = 300

declare(Topic("help.feedback", "Readers’ feedback", "A reader wrote to you about an article or question.", who="editor", default=("bell",)))


@on(CommentLeft)
def left(fact: CommentLeft) -> None:
    """One notice for all that waits; it says what the last reader wrote."""
    comment = db.session.get(Comment, fact.comment_id)
    if comment is None or comment.handled_at is not None:
        return
    about = library.catalog().subject(fact.subject)
    title = f"A reader wrote about “{about.title if about else fact.subject}”"
    for editor in db.session.scalars(Person.who_may("editor")):
        if editor.id != comment.person_id:
            Notice.tell(editor, "help.feedback", title, comment.words[:LONGEST], PAGE, key="help.feedback")
