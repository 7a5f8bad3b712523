"""What readers type: a search, a word on an article."""

from __future__ import annotations

from wtforms import Form, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import InputRequired, Length, Optional

from app.help.models.voices import REASONS


class CommentForm(Form):
    """Private feedback. `website` is a trap: people do not see it."""

    subject = HiddenField(validators=[InputRequired(), Length(max=120)])
    reason = RadioField("What went wrong?", choices=[SelectChoice(*pair) for pair in REASONS.items()], validators=[Optional()])
    words = TextAreaField(
        "What should we know?",
        description="Only our team reads this. Please leave out names and health details of your clients.",
        validators=[InputRequired("Write a few words, please."), Length(max=2000, message="2,000 characters are the most.")],
    )
    website = StringField("Leave this empty", validators=[Length(max=0)])
