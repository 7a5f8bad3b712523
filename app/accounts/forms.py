"""The forms of accounts: what may be typed, and what is said when it may not."""

from __future__ import annotations

import zoneinfo
from functools import cache

import phonenumbers
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    ValidationError,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.passwords import LEAST
from app.accounts.staff import WORKING
from app.lib import content

LONGEST_PASSWORD = 1024
ADDRESS = (InputRequired("Type your e-mail address."), Length(max=254), Email("That is not an e-mail address yet."))
ROLE_WORDS = {"customer": "Customer", "agent": "Agent: works in the desk", "admin": "Admin: may change everything"}
GRANT_WORDS = {"editor": "Editor: articles and their tools", "moderator": "Moderator: the community"}


@cache
def zones() -> dict[str, str]:
    names = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right", "SystemV"))
    )
    return {name: name.replace("_", " ") for name in names}


def trimmed(value: str | None) -> str | None:
    return value.strip() if value else value


class EmailForm(FlaskForm):  # type: ignore[misc]
    """Somebody asks for a letter."""

    email = EmailField("E-mail", validators=ADDRESS, filters=[trimmed], render_kw={"autocomplete": "email", "inputmode": "email"})
    next = HiddenField()


class SignInForm(EmailForm):
    """Address and password."""

    email = EmailField("E-mail", validators=ADDRESS, filters=[trimmed], render_kw={"autocomplete": "username", "inputmode": "email"})
    password = PasswordField(
        "Password",
        validators=[InputRequired("Type your password."), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The code from the phone, or one of the recovery codes."""

    code = StringField(
        "Code",
        validators=[InputRequired("Type the code."), Length(max=40)],
        filters=[trimmed],
        render_kw={"autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false", "autocapitalize": "none"},
    )


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password. Typed once: it can be shown, and there is always a way back by letter."""

    password = PasswordField(
        "New password",
        description=f"At least {LEAST} characters. Several words are easiest to keep.",
        validators=[InputRequired("Choose a password."), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "new-password", "minlength": str(LEAST)},
    )


class ChangePasswordForm(PasswordForm):
    """A new password for somebody who has one."""

    current = PasswordField(
        "Your password now", validators=[InputRequired("Type the one you have now.")], render_kw={"autocomplete": "current-password"}
    )


class SetUpForm(PasswordForm):
    """The first admin of an installation."""

    name = StringField(
        "Your name", validators=[DataRequired("Type your name."), Length(max=200)], filters=[trimmed], render_kw={"autocomplete": "name"}
    )
    email = EmailField("Your e-mail", validators=ADDRESS, filters=[trimmed], render_kw={"autocomplete": "username"})


class ProfileForm(FlaskForm):  # type: ignore[misc]
    """What people say about themselves."""

    name = StringField(
        "Name", validators=[DataRequired("Type your name."), Length(max=200)], filters=[trimmed], render_kw={"autocomplete": "name"}
    )
    phone = TelField(
        "Phone",
        description="For call-backs and, if you allow it, short messages.",
        validators=[Optional()],
        filters=[trimmed],
        render_kw={"autocomplete": "tel"},
    )
    profession = SelectField("Profession", choices=lambda: {"": "Not said", **professions()}, validators=[Optional()])
    timezone = SelectField("Time zone", choices=lambda: {"": "Your device's", **zones()}, validators=[Optional()])
    about = StringField(
        "A line about you", description="Customers see it beside your name in the chat.", validators=[Length(max=300)], filters=[trimmed]
    )

    def validate_phone(self, field: TelField) -> None:
        if field.data:
            field.data = as_e164(field.data)


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Somebody new who shall work here."""

    email = EmailField("E-mail", validators=ADDRESS, filters=[trimmed], render_kw={"autocomplete": "off"})
    name = StringField(
        "Name", validators=[DataRequired("Type their name."), Length(max=200)], filters=[trimmed], render_kw={"autocomplete": "off"}
    )
    role = SelectField("Role", choices=lambda: {role: ROLE_WORDS[role] for role in WORKING if role != "customer"}, default="agent")
    team = SelectField("Team", coerce=int, validators=[Optional()])


class Ticks(SelectMultipleField):
    """Several boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonForm(FlaskForm):  # type: ignore[misc]
    """What an admin changes about a person."""

    role = SelectField("Role", choices=lambda: ROLE_WORDS)
    grants = Ticks("May also", choices=lambda: GRANT_WORDS)
    teams = Ticks("Teams", coerce=int)


class TeamForm(FlaskForm):  # type: ignore[misc]
    """A team and who is in it."""

    name = StringField("Name", validators=[DataRequired("Give the team a name."), Length(max=80)], filters=[trimmed])
    email = EmailField(
        "E-mail", description="Letters for the whole team go here.", validators=[Optional(), *ADDRESS[1:]], filters=[trimmed]
    )
    people = Ticks("Who is in it", coerce=int)


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """A deed that must be meant."""

    sure = BooleanField("I am sure", validators=[DataRequired("Tick the box to go on.")])


def as_e164(words: str) -> str:
    """A phone number as +12025550142; numbers without a country are taken as the firm's neighbours. Raises ValidationError."""
    try:
        number = phonenumbers.parse(words, home_region())
    except phonenumbers.NumberParseException:
        raise ValidationError("That is not a phone number. Begin with + and the country.") from None
    if not phonenumbers.is_possible_number(number):
        raise ValidationError("That phone number is too long or too short.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def home_region() -> str:
    """The country of the firm's own number (ISO 3166-1)."""
    phone = content.table("site.toml").get("phone")
    try:
        own = phonenumbers.parse(str(phone.get("number", "")) if isinstance(phone, dict) else "")
    except phonenumbers.NumberParseException:
        return "US"
    return phonenumbers.region_code_for_number(own) or "US"


def professions() -> dict[str, str]:
    return {one.slug: str(one.meta.get("name") or one.slug).capitalize() for one in content.documents("professions")}
