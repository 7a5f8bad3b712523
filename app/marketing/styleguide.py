"""The style guide: every part with its states, for whoever builds a page."""

from __future__ import annotations

import re
from types import SimpleNamespace

from flask import Blueprint, Response
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import Email, InputRequired

from app.lib import clock
from app.lib.access import needs
from app.lib.assets import shelf
from app.lib.page import page

guide = Blueprint("styleguide", __name__)
TOPICS = [SelectChoice("general", "A question"), SelectChoice("billing", "An invoice")]
WAYS = [SelectChoice("mail", "By e-mail"), SelectChoice("phone", "By phone")]


class SampleForm(FlaskForm):  # type: ignore[misc]
    """A field of each kind."""

    name = StringField("Your name", [InputRequired()], render_kw={"autocomplete": "name"})
    email = EmailField("E-mail", [InputRequired(), Email("Write the address like name@example.com.")], description="For the confirmation.")
    kind = SelectField("What is it about?", choices=TOPICS, default="general")
    words = TextAreaField("Your message", [InputRequired("Write a few words, so that we know how to help.")])
    way = RadioField("How shall we answer?", choices=WAYS, default="mail")
    news = BooleanField("Send me the quarterly letter", description="Four times a year. One click ends it.")


@guide.get("/desk/styleguide")
@needs("agent")
def show() -> Response:
    """Every part of the look, in the light and dark of the one who reads."""
    good, bad = (
        SampleForm(prefix="good"),
        SampleForm(prefix="bad", formdata=MultiDict({"bad-email": "ada@", "bad-kind": "general", "bad-way": "mail"}), meta={"csrf": False}),
    )
    bad.validate()
    steps = [
        SimpleNamespace(when="At once", title="A receipt", text="And a letter from a person.", done=True, current=False),
        SimpleNamespace(when="Week 1", title="The first call", text="Fifty minutes.", done=False, current=True),
        SimpleNamespace(when="Week 12", title="You carry it alone", text="", done=False, current=False),
    ]
    return page("marketing/styleguide.html", good=good, bad=bad, steps=steps, now=clock.now(), parts=PARTS, icons=icon_names())


def icon_names() -> list[str]:
    return re.findall(r'<symbol id="([^"]+)"', shelf().get("icons.svg").body.decode())


PARTS = (
    ("Words", "words"),
    ("Colour", "colour"),
    ("Buttons", "buttons"),
    ("Forms", "forms"),
    ("Notices", "notices"),
    ("Badges, chips, people", "badges"),
    ("Cards and lists", "cards"),
    ("Navigation", "navigation"),
    ("Dialogs", "dialogs"),
    ("Progress", "progress"),
    ("Prices and voices", "prices"),
    ("Times", "times"),
    ("Talk", "talk"),
    ("Article", "article"),
    ("Icons", "icons"),
)
