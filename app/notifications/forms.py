"""The preferences of one person, as their form says them."""

from __future__ import annotations

from datetime import time

from flask_wtf import FlaskForm
from wtforms import BooleanField, TimeField, ValidationError
from wtforms.validators import Optional

from app.hours.clockwork import DAY, Wall

SMS_WORDS = (
    "Send me short messages about my consultations, orders and requests at this number. "
    "My provider may charge for them. I can end this here at any time."
)


class QuietForm(FlaskForm):  # type: ignore[misc]
    """Two times of day, both or none, and the consent to short messages."""

    begins = TimeField("From", validators=[Optional()])
    ends = TimeField("To", validators=[Optional()])
    sms = BooleanField(SMS_WORDS)

    def validate_begins(self, field: TimeField) -> None:
        if (field.data is None) != (self.ends.data is None):
            raise ValidationError("Give both times, or none.")
        if field.data is not None and field.data == self.ends.data:
            raise ValidationError("The two times are the same.")

    def validate_ends(self, field: TimeField) -> None:
        # A time that is left empty is not asked itself.
        if field.data is not None and self.begins.data is None and not self.begins.errors:
            raise ValidationError("Give both times, or none.")

    def span(self) -> Wall | None:
        """Seconds after midnight; an end that is not after the beginning lies on the next day."""
        if self.begins.data is None or self.ends.data is None:
            return None
        begins, ends = seconds(self.begins.data), seconds(self.ends.data)
        return begins, ends if ends > begins else ends + DAY


def seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60


def clock_time(after_midnight: int) -> time:
    return time(after_midnight // 3600 % 24, after_midnight // 60 % 60)
