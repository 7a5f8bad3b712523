"""What accounts wrote, as tests read it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy import select

from app.lib.db import db
from app.lib.mail import PostedLetter


def letters_to(email: str) -> list[PostedLetter]:
    db.session.expire_all()
    return list(db.session.scalars(select(PostedLetter).where(PostedLetter.to == email).order_by(PostedLetter.id)))


def link_in(letter: PostedLetter) -> str:
    """The path of the first link in a letter."""
    found = re.search(r"https?://\S+", letter.text)
    assert found is not None
    return urlsplit(found.group()).path


def code_in(letter: PostedLetter) -> str:
    found = re.search(r"\b(\d{3}) (\d{3})\b", letter.text)
    assert found is not None
    return found[1] + found[2]
