"""What agents type: replies and notes."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, MultipleFileField, TextAreaField
from wtforms.fields import DateTimeLocalField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from app.inbox.filling import blanks_left
from app.lib.numbers import LARGEST


class DeskForm(FlaskForm):  # type: ignore[misc]
    """A form with its token; the desk's forms stand on it."""


class ReplyForm(DeskForm):
    """A reply or a note. `seen` is the number up to which the agent had read when they began to send, `canned` the replies they took in."""

    kind = HiddenField(default="reply")
    words = TextAreaField("Your words", validators=[Length(max=10_000, message="That is longer than 10,000 characters.")])
    client_id = HiddenField(validators=[Length(max=64)])
    seen = IntegerField(validators=[Optional(), NumberRange(0, LARGEST)])
    after = HiddenField(default="")
    send_at = DateTimeLocalField("Send at", format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[Optional()])
    files = MultipleFileField("Files")
    canned = HiddenField(default="", validators=[Length(max=400)])

    @property
    def canned_ids(self) -> set[int]:
        return {int(word) for word in (self.canned.data or "").split()[:20] if word.isascii() and word.isdecimal() and int(word) <= LARGEST}

    def validate_words(self, field: TextAreaField) -> None:
        given = [file for file in self.files.data or () if getattr(file, "filename", "")]
        if not (field.data or "").strip() and not given:
            raise ValidationError("Write a few words first.")
        left = blanks_left(field.data or "") if self.kind.data == "reply" else []
        if left:
            raise ValidationError(f"Fill in {left[0]} before you send this.")
