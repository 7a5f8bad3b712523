"""The form of a kind: what everybody is asked, and the kind's own questions between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import phonenumbers
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import URL, DataRequired, Email, Length, Optional, ValidationError

from app.business.models import Site
from app.contact.kinds import Kind, Question
from app.contact.urgency import EFFECTS, SPANS
from app.conversations.models import LONGEST

OWN = "own_"
MOST_FILES = 5
NO_ADDRESS = "That does not look like an e-mail address."
METHODS = (("email", "By e-mail"), ("phone", "By phone"), ("video", "In a video call"))
TIMES = (("any", "At any time"), ("morning", "In the morning"), ("noon", "Around noon"), ("afternoon", "In the afternoon"))


def offered(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, words) for value, words in pairs]


class Asking(FlaskForm):  # type: ignore[misc]
    """What every form brings along unseen, and how what was sent is read."""

    website = StringField("Leave this empty")
    begun = HiddenField()
    page = HiddenField()

    def said(self, name: str) -> str:
        """What was typed or chosen, an empty string for nothing or for what this form does not ask."""
        field = self._fields.get(name)
        return str(field.data or "") if field is not None else ""

    @property
    def own(self) -> list[Field]:
        """The kind's own fields, in their order."""
        return [field for name, field in self._fields.items() if name.startswith(OWN)]


class ContactForm(Asking):
    """What everybody is asked, whatever it is about."""

    subject = StringField("In a few words", [DataRequired("Say in a few words what it is about."), Length(max=200)])
    words = TextAreaField("Your message", [DataRequired("Write a few words first."), Length(max=LONGEST)])
    effect = RadioField("What does it keep you from?", [Optional()], choices=offered(EFFECTS))
    span = RadioField("By when do you need an answer?", [Optional()], choices=offered(SPANS))
    files = MultipleFileField("Files", [Optional()], description="Up to 5. You can also paste a picture of your screen.")
    name = StringField("Your name", [DataRequired("Whom may we write to?"), Length(max=100)])
    email = EmailField("Your e-mail address", [DataRequired("Where may we send the answer?"), Email(NO_ADDRESS), Length(max=254)])
    method = RadioField("How shall we answer?", [Optional()], choices=offered(METHODS), default="email")
    phone = TelField("Your phone number", [Optional(), Length(max=40)])
    time = SelectField("When do you like to be called?", [Optional()], choices=offered(TIMES), default="any")
    article = HiddenField()

    def validate_phone(self, field: TelField) -> None:
        """A number that can exist, kept as E.164; without a country code it is one of the firm's own country."""
        if not field.data:
            return
        try:
            number = phonenumbers.parse(field.data, home_region())
        except phonenumbers.NumberParseException:
            raise ValidationError("That does not look like a phone number.") from None
        if not phonenumbers.is_valid_number(number):
            raise ValidationError("That does not look like a phone number. Please add the country code, such as +1.")
        field.data = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def validate(self, extra_validators: Any = None) -> bool:
        good = bool(super().validate(extra_validators))
        if self.method.data == "phone" and not self.phone.data and not self.phone.errors:
            self.phone.errors = ["Which number shall we ring?"]
            return False
        return good


class PageForm(Asking):
    """A word about the page one is on: what it takes to say something in passing. `subject` is ours."""

    words = TextAreaField("What is good, what is missing?", [DataRequired("Write a few words first."), Length(max=LONGEST)])
    files = MultipleFileField("A picture of it", [Optional()], description="You can also paste it into the words.")
    email = EmailField("Your e-mail address, for an answer", [Optional(), Email(NO_ADDRESS), Length(max=254)])
    subject = HiddenField()


def page_form(kind: Kind) -> type[PageForm]:
    """The same with the rating of this kind, when it asks for one: a question named `rating` with choices."""
    rated = (question for question in kind.questions if question.name == "rating" and question.choices)
    fields = {
        OWN + question.name: RadioField(question.label, [Optional()], choices=offered((words, words) for words in question.choices))
        for question in rated
    }
    return type("PageForm", (PageForm,), fields)


def form_class(kind: Kind) -> type[ContactForm]:
    """The form class with this kind's questions in it."""
    fields: dict[str, Any] = {OWN + question.name: field_of(question) for question in kind.questions}
    if not kind.asks_urgency:
        fields |= {"effect": None, "span": None}
    return type("KindForm", (ContactForm,), fields)


def field_of(question: Question) -> Field:
    first = DataRequired("Please fill this in.") if question.required else Optional()
    about: dict[str, Any] = {"label": question.label, "description": question.hint}
    if question.type == "choice":
        choices = [("", "Please choose"), *((words, words) for words in question.choices)]
        return SelectField(validators=[first], choices=offered(choices), default="", **about)
    if question.type == "words":
        return TextAreaField(validators=[first, Length(max=4000)], **about)
    if question.type == "date":
        return DateField(validators=[first], **about)
    if question.type == "tick":
        return BooleanField(validators=[first], **about)
    more: dict[str, list[Any]] = {"url": [URL(message="Please write the whole address, with https://")], "email": [Email(NO_ADDRESS)]}
    field: type[StringField] = {"url": URLField, "email": EmailField}.get(question.type, StringField)
    return field(validators=[first, Length(max=500), *more.get(question.type, [])], **about)


def home_region() -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(Site.current().phone.number))
    except phonenumbers.NumberParseException:
        return None
