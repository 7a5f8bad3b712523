"""The form for a special day."""

from __future__ import annotations

from datetime import date, timedelta

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from app.hours.calendars import names
from app.hours.words import Unreadable, read_hours
from app.lib import clock

LONGEST = 60


class SpecialDayForm(FlaskForm):  # type: ignore[misc]
    """A date or a stretch of dates, and the hours that hold on them."""

    calendar = SelectField("Calendar", choices=lambda: {name: name.replace("-", " ").capitalize() for name in names()})
    day = DateField("Date", validators=[DataRequired("Choose a date.")])
    until = DateField("Last of several days", validators=[Optional()])
    hours = StringField(
        "Hours", description="Such as 9:00-12:00, 13:00-15:00. Leave it empty when you are closed.", validators=[Length(max=110)]
    )
    label = StringField(
        "What it is",
        description="Customers see it: Christmas Eve, team day.",
        validators=[DataRequired("Give it a name."), Length(max=120)],
    )

    def validate_day(self, field: DateField) -> None:
        if field.data and field.data < clock.now().date() - timedelta(days=1):
            raise ValidationError("That date has passed.")

    def validate_until(self, field: DateField) -> None:
        if field.data and self.day.data and not 0 <= (field.data - self.day.data).days < LONGEST:
            raise ValidationError(f"It should lie after the first date, by less than {LONGEST} days.")

    def validate_hours(self, field: StringField) -> None:
        try:
            read_hours(field.data or "")
        except Unreadable as error:
            raise ValidationError(str(error)) from None

    def dates(self) -> list[date]:
        first = self.day.data or clock.now().date()
        last = self.until.data or first
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]
