"""Forms of the chat. Every one also works as a plain page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import phonenumbers
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, MultipleFileField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Email, Length, Optional, ValidationError

from app.business.models import Site
from app.conversations.models import LONGEST
from app.lib import dates

MOST_FILES = 5


def new_id() -> str:
    return str(uuid4())


class MessageForm(FlaskForm):  # type: ignore[misc]
    """One message, with or instead of files. `client_id` makes a repeated send the same message."""

    words = TextAreaField("Your message", [Optional(), Length(max=LONGEST)])
    files = MultipleFileField("Files")
    client_id = HiddenField(default=new_id)


class OpeningForm(FlaskForm):  # type: ignore[misc]
    """The first message. The address is asked for when nobody is here to answer at once."""

    words = TextAreaField("Your message", [DataRequired("Write a few words first."), Length(max=LONGEST)])
    name = StringField("Your name", [Optional(), Length(max=100)])
    email = EmailField("Your e-mail address", [Optional(), Email("That does not look like an e-mail address."), Length(max=254)])
    files = MultipleFileField("Files")
    opening_id = HiddenField(default=new_id, validators=[Optional(), Length(16, 64)])
    client_id = HiddenField(default=new_id)
    page = HiddenField()
    title = HiddenField()
    step = HiddenField()

    def __init__(self, *args: Any, needs_address: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_address:
            rest = [rule for rule in self.email.validators if not isinstance(rule, Optional)]
            self.email.validators = [DataRequired("Where may we send the answer?"), *rest]
            self.email.flags.required, self.email.flags.optional = True, False


class AddressForm(FlaskForm):  # type: ignore[misc]
    """Where an answer may go when the visitor has left."""

    name = StringField("Your name", [Optional(), Length(max=100)])
    email = EmailField(
        "Your e-mail address",
        [DataRequired("Where may we write to?"), Email("That does not look like an e-mail address."), Length(max=254)],
    )
    copy = BooleanField("Send me a copy of this conversation when it ends", default=True)


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The six digits that were sent to the address somebody left."""

    code = StringField("The six digits", [DataRequired("Type the six digits from the letter."), Length(max=12)])


class CallForm(FlaskForm):  # type: ignore[misc]
    """A number, a time, and what it is about."""

    phone = TelField("Your phone number", [DataRequired("Which number shall we ring?"), Length(max=40)])
    name = StringField("Your name", [Optional(), Length(max=100)])
    slot = SelectField("When shall we ring?", [DataRequired("Choose a time.")])
    words = TextAreaField("What is it about?", [Optional(), Length(max=2000)])
    opening_id = HiddenField(default=new_id, validators=[Optional(), Length(16, 64)])
    page = HiddenField()
    title = HiddenField()

    def offer(self, slots: list[datetime]) -> CallForm:
        self.slot.choices = [(slot.isoformat(), dates.moment(slot, "near")) for slot in slots]
        return self

    def validate_phone(self, field: TelField) -> None:
        """A number that can exist, kept as E.164; without a country code it is one of the firm's own country."""
        try:
            number = phonenumbers.parse(field.data or "", home_region())
        except phonenumbers.NumberParseException:
            raise ValidationError("That does not look like a phone number.") from None
        if not phonenumbers.is_valid_number(number):
            raise ValidationError("That does not look like a phone number. Please add the country code, such as +1.")
        field.data = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.slot.data).astimezone(UTC)


def home_region() -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(Site.current().phone.number))
    except phonenumbers.NumberParseException:
        return None
