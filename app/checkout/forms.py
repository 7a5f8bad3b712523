"""The forms of the three steps: at most eight fields in all, each message says what to do."""

from __future__ import annotations

from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TelField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.checkout.followups import TEXT_WORDS, WORDS

REGION = "US"


def plain_text(value: str | None) -> str:
    """What was typed without control characters and with single blanks."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in value or "").split())


class YouForm(FlaskForm):  # type: ignore[misc]
    """Step one."""

    email = EmailField(
        "E-mail",
        filters=[lambda value: (value or "").strip()],
        validators=[InputRequired("Enter your e-mail address; the receipt goes there."), Length(max=254)],
        render_kw={"autocomplete": "email", "inputmode": "email", "spellcheck": "false", "maxlength": 254},
    )
    name = StringField(
        "Full name",
        filters=[plain_text],
        validators=[
            InputRequired("Enter your name as it should stand on the invoice."),
            Length(max=120, message="Use at most 120 characters."),
        ],
        render_kw={"autocomplete": "name", "maxlength": 120},
    )
    phone = TelField(
        "Phone",
        validators=[Optional()],
        filters=[plain_text],
        description="Only if something is wrong with your order.",
        render_kw={"autocomplete": "tel", "inputmode": "tel", "maxlength": 40},
    )
    profession = SelectField("You are a", validate_choice=True)
    follow_up: BooleanField | RadioField = BooleanField(WORDS)
    since = HiddenField()

    def validate_email(self, field: EmailField) -> None:
        try:
            field.data = validate_email(field.data or "", check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError("Enter an e-mail address like name@example.com.") from None

    def validate_name(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Enter your name as it should stand on the invoice.")

    def validate_phone(self, field: TelField) -> None:
        if field.data:
            field.data = phone_number(field.data)


def phone_number(typed: str) -> str:
    """E.164, read as a number of our region when no country code stands before it. Raises ValidationError."""
    try:
        number = phonenumbers.parse(typed, REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValidationError("Enter a phone number with its area code, like (202) 555-0142, or leave it empty.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class TextingYouForm(YouForm):
    """Step one where text messages are switched on: agreeing to them is a choice of its own, never made beforehand."""

    follow_up = RadioField("If I do not finish", default="", validators=[Optional()])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        by_mail = "Send me a link by e-mail. Two letters at most"
        self.follow_up.choices = [("", "Send me nothing"), ("y", by_mail), ("text", f"{by_mail}. {TEXT_WORDS}")]


class PlanForm(FlaskForm):  # type: ignore[misc]
    """Step two."""

    option = RadioField("How would you like to pay?", validators=[InputRequired("Choose how you would like to pay.")])
    add_ons = SelectMultipleField("Add to it")
    since = HiddenField()


class PayForm(FlaskForm):  # type: ignore[misc]
    """Step three. `key` is made once for each page: the same key never begins two payments.

    `shown` is the mark of the price and schedule on it.
    """

    agree = BooleanField("I agree", validators=[InputRequired("Tick the box to agree to the schedule and the terms.")])
    key = HiddenField(validators=[InputRequired(), Length(min=16, max=40)])
    shown = HiddenField()
    since = HiddenField()


class AddressForm(FlaskForm):  # type: ignore[misc]
    """One e-mail address: to come back to a checkout, or to have a link mailed."""

    email = EmailField(
        "E-mail", validators=[InputRequired("Enter your e-mail address."), Length(max=254)], render_kw={"autocomplete": "email"}
    )

    def validate_email(self, field: EmailField) -> None:
        YouForm.validate_email(self, field)


def seconds_since(form: Any, now: float) -> int:
    """How long the step was open: from the hidden field, at most four hours, 0 when it says nonsense."""
    raw = form.since.data or ""
    began = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 12 else int(now)
    return max(0, min(int(now) - began, 4 * 3600))
