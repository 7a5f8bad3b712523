"""Forms of the desk: settings of hosts, dates that differ, time off, and for whom a consult is booked."""

from __future__ import annotations

from datetime import date, timedelta

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DateTimeLocalField,
    EmailField,
    IntegerField,
    RadioField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.accounts.models import Person
from app.consults.forms import address, in_our_time
from app.consults.hosts import Host
from app.consults.walltime import available_names
from app.consults.weekwords import Unreadable, read_windows

LONGEST = 366
DAY_KINDS = {"closed": "Closed", "open": "Open at these hours instead", "extra": "Open at these hours besides"}


class HostForm(FlaskForm):  # type: ignore[misc]
    timezone = StringField("Time zone", [DataRequired(), Length(max=64)], description="Such as America/New_York. Hours below are in it.")
    skills = StringField("Skills", [Length(max=300)], description="Words that consult types ask for, with a comma between.")
    weight = IntegerField("Share", [InputRequired(), NumberRange(0, 20)], description="2 takes twice as many as 1 in a round-robin.")
    per_day = IntegerField("Most consults a day", [Optional(), NumberRange(1, 100)])
    about = StringField("One sentence about you", [Length(max=300)])
    phone = StringField("Phone", [Length(max=40)])
    video_url = StringField("Video room", [Length(max=300)], description="The link that visitors join; it must start with https://.")
    office = TextAreaField("Office", [Length(max=200)])
    holiday_country = StringField("Public holidays of", [Length(max=2)], description="Two letters, such as US.")
    holiday_region = StringField("Region", [Length(max=10)], description="A state or province, such as NY.")
    stale_hours = IntegerField(
        "Hours a linked calendar may be silent", [InputRequired(), NumberRange(1, 720)], description="After that nothing is offered."
    )

    @staticmethod
    def of(host: Host) -> dict[str, object]:
        """What the form shows of a host."""
        names = [field for field in HostForm.__dict__ if hasattr(Host, field) and field != "skills"]
        return {**{name: getattr(host, name) for name in names}, "skills": ", ".join(host.skills)}

    def validate_timezone(self, field: StringField) -> None:
        if field.data not in available_names():
            raise ValidationError("Nobody knows this zone; write one such as Europe/Berlin.")

    def validate_video_url(self, field: StringField) -> None:
        if field.data and not field.data.startswith("https://"):
            raise ValidationError("The link must start with https://.")

    def put_into(self, host: Host) -> None:
        for name in ("weight", "per_day", "stale_hours"):
            setattr(host, name, getattr(self, name).data)
        for name in ("timezone", "about", "phone", "video_url", "office", "holiday_region"):
            setattr(host, name, getattr(self, name).data or "")
        host.holiday_country = (self.holiday_country.data or "").upper()
        host.skills = sorted({skill.strip().lower() for skill in (self.skills.data or "").split(",") if skill.strip()})


class DayForm(FlaskForm):  # type: ignore[misc]
    day = DateField("Date", [DataRequired("Which date?"), in_our_time])
    until = DateField("Until", [Optional(), in_our_time], description="For more than one day.")
    kind = RadioField("That day is", choices=[SelectChoice(*pair) for pair in DAY_KINDS.items()], default="closed")
    hours = StringField("Hours", [Length(max=200)], description="Such as 10:00-12:00, 14:00-16:00")
    words = StringField("Why", [Length(max=200)])

    def validate_until(self, field: DateField) -> None:
        if field.data and self.day.data and not 0 <= (field.data - self.day.data).days <= LONGEST:
            raise ValidationError("The end lies after the beginning, and within a year of it.")

    def validate_hours(self, field: StringField) -> None:
        try:
            windows = read_windows(field.data or "")
        except Unreadable as unreadable:
            raise ValidationError(str(unreadable)) from None
        if self.kind.data != "closed" and not windows:
            raise ValidationError("At which hours?")

    def windows(self) -> list[tuple[int, int]]:
        return [] if self.kind.data == "closed" else read_windows(self.hours.data or "")

    def dates(self) -> list[date]:
        assert isinstance(self.day.data, date)  # noqa: S101 - validated
        return [self.day.data + timedelta(days=n) for n in range(((self.until.data or self.day.data) - self.day.data).days + 1)]


class TimeOffForm(FlaskForm):  # type: ignore[misc]
    starts = DateTimeLocalField("From", [DataRequired("From when?"), in_our_time])
    ends = DateTimeLocalField("Until", [DataRequired("Until when?"), in_our_time])
    words = StringField("Why", [Length(max=200)])

    def validate_ends(self, field: DateTimeLocalField) -> None:
        if field.data and self.starts.data and field.data <= self.starts.data:
            raise ValidationError("The end lies after the beginning.")


class GuestForm(FlaskForm):  # type: ignore[misc]
    """For whom the desk books."""

    name = StringField("Name", [DataRequired("Who is it for?"), Length(max=200)])
    email = EmailField("E-mail", [Length(max=254)])
    phone = TelField("Phone", [Length(max=40)])

    @classmethod
    def of(cls, person: Person | None) -> GuestForm:
        """What was typed, and what we know of the person where nothing was."""
        form = cls()
        known = (person.display_name, person.reachable_email, person.phone) if person else ("", "", "")
        for field, ours in zip((form.name, form.email, form.phone), known, strict=True):
            field.data = (field.data or "").strip() or ours or ""
        return form

    def validate_email(self, field: EmailField) -> None:
        if field.data:
            field.data = address(field.data)
        elif not self.phone.data:
            raise ValidationError("How may we reach them: an e-mail address or a phone number?")
