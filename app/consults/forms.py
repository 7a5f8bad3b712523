"""Forms: who books, and the type's own questions."""

from __future__ import annotations

from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, EmailField, IntegerField, RadioField, StringField, TelField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, NumberRange, Optional

from app.consults.types import PLACES, ConsultType, Question
from app.consults.waiting import PARTS
from app.consults.walltime import YEARS

PREFIX = "q_"
TEXTS = "I agree to get text messages about this appointment. Message and data rates may apply; reply STOP to end them."


def in_our_time(_form: FlaskForm, field: DateField) -> None:
    """A date, or a moment, with a year that somebody may mean. Raises ValidationError."""
    if field.data and field.data.year not in YEARS:
        raise ValidationError("Please look at the year again.")


class DetailsForm(FlaskForm):  # type: ignore[misc]
    """Who they are. `for_type` adds what this type asks."""

    name = StringField("Your name", [DataRequired("Please tell us your name."), Length(max=200)])
    email = EmailField("E-mail", [DataRequired("Where may we send the confirmation?"), Length(max=254)])
    phone = TelField("Phone", [Length(max=40)])

    def validate_email(self, field: EmailField) -> None:
        field.data = address(field.data or "")

    def validate_phone(self, field: TelField) -> None:
        field.data = (field.data or "").strip()
        if field.data:
            field.data = number(field.data)
        elif self.place_chosen == "phone":
            raise ValidationError("We call you at this time: which number?")
        elif self.wants_texts:
            raise ValidationError("To which number may we send text messages?")

    @property
    def place_chosen(self) -> str:
        place = getattr(self, "place", None)
        return str(place.data) if place is not None else self.only_place

    @property
    def wants_texts(self) -> bool:
        return bool(getattr(self, "texts", None) and self.texts.data)

    @property
    def questions(self) -> list[Any]:
        return [field for field in self if field.name.startswith(PREFIX)]

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, by question; files are kept elsewhere."""
        given = [field for field in self.questions if field.type != "FileField" and field.data not in (None, "")]
        return {field.name[len(PREFIX) :]: field.data for field in given}

    @property
    def files(self) -> dict[str, Any]:
        return {field.name[len(PREFIX) :]: field.data for field in self.questions if field.type == "FileField" and field.data}

    only_place = ""


class WaitingForm(FlaskForm):  # type: ignore[misc]
    """Who waits, and which days suit them."""

    name = StringField("Your name", [DataRequired("Please tell us your name."), Length(max=200)])
    email = EmailField("E-mail", [DataRequired("Where may we write to?"), Length(max=254)])
    phone = TelField("Phone", [Length(max=40)])
    from_day = DateField("From", [DataRequired("From which day?"), in_our_time])
    until_day = DateField("Until", [DataRequired("Until which day?"), in_our_time])
    part = RadioField("Time of day", choices=[SelectChoice(name, name.capitalize()) for name in PARTS], default="any")

    validate_email = DetailsForm.validate_email

    def validate_until_day(self, field: DateField) -> None:
        if field.data and self.from_day.data and not 0 <= (field.data - self.from_day.data).days <= 400:
            raise ValidationError("The last day lies after the first, and within a year of it.")


def address(words: str) -> str:
    """An e-mail address as letters to it are addressed. Raises ValidationError."""
    try:
        return str(validate_email(words.strip(), check_deliverability=False).normalized)
    except EmailNotValidError:
        raise ValidationError("This does not look like an e-mail address.") from None


def number(words: str) -> str:
    """A phone number as E.164. Raises ValidationError."""
    try:
        parsed = phonenumbers.parse(words, "US")
    except phonenumbers.NumberParseException:
        raise ValidationError("This does not look like a phone number.") from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValidationError("This does not look like a phone number; outside the US begin with + and the country code.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def form_for(kind: ConsultType, have: frozenset[str] = frozenset()) -> type[DetailsForm]:
    """The form of one type. `have` are the file questions that were answered already."""
    fields: dict[str, Any] = {"only_place": kind.places[0]}
    if len(kind.places) > 1:
        choices = [SelectChoice(place, PLACES[place]) for place in kind.places]
        fields["place"] = RadioField("How shall we meet?", [InputRequired("Please choose one.")], choices=choices, default=kind.places[0])
    for question in kind.questions:
        fields[PREFIX + question.name] = field_for(question, question.name in have)
    if "sms" in kind.remind_by:
        fields["texts"] = BooleanField("Text me a reminder", description=TEXTS)
    return type("DetailsForm", (DetailsForm,), fields)


def field_for(question: Question, answered: bool) -> Any:
    needed: list[Any] = [InputRequired("Please answer this.") if question.required and not answered else Optional()]
    if question.kind == "choice":
        known = AnyOf(question.choices, "Please choose one of these.")
        pairs = [SelectChoice(choice, choice) for choice in question.choices]
        return RadioField(question.ask, [*needed, known], description=question.help, choices=pairs, validate_choice=False)
    if question.kind == "number":
        limits = [NumberRange(question.least, question.most)] if question.least is not None or question.most is not None else []
        return IntegerField(question.ask, [*needed, *limits], description=question.help)
    if question.kind == "file":
        return FileField(question.ask, needed, description=question.help)
    if question.kind == "long":
        return TextAreaField(question.ask, [*needed, Length(max=question.most or 4000)], description=question.help)
    return StringField(question.ask, [*needed, Length(max=question.most or 300)], description=question.help)
