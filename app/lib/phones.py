"""Phone numbers: kept as E.164, read by people in one form, dialled by a link (RFC 3966)."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from flask import Flask
from phonenumbers import PhoneNumberFormat


def spoken(number: str) -> str:
    """A number with its country as people read it, `+1 202-555-0142`; what is no such number stays as it is."""
    return written(number, PhoneNumberFormat.INTERNATIONAL) or number


def dialled(number: str) -> str:
    """The address of a link that dials it, `tel:+12025550142`."""
    return "tel:" + (written(number, PhoneNumberFormat.E164) or "".join(ch for ch in number if ch.isdecimal() or ch == "+"))


@lru_cache(maxsize=1024)
def written(number: str, form: int) -> str:
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), form)
    except phonenumbers.NumberParseException:
        return ""


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(phone=spoken, tel=dialled)
