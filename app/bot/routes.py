"""At the desk: how the bot stands, and an agent's word on its answers."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import me
from app.bot import minds
from app.bot.calibration import standing
from app.bot.house import house
from app.bot.intents import intents
from app.bot.models import Verdict
from app.conversations.models import Conversation, Entry
from app.lib.access import needs
from app.lib.db import db
from app.lib.meaning import is_possible
from app.lib.page import page, see

bp = Blueprint("bot", __name__, url_prefix="/desk/bot")


@bp.get("/")
@needs("editor")
def show() -> Response:
    """Show which tier answers, how sure it must be, and how often agents found it right."""
    brain = minds.brain()
    return page(
        "bot/desk/bot.html",
        house=house(),
        intents=intents(),
        standing=standing(brain) if brain else None,
        is_semantic=minds.encoder() is not None,
        could_be=is_possible(),
    )


@bp.post("/verdicts/<int:entry_id>")
@needs("agent")
def create_verdict(entry_id: int) -> BaseResponse:
    """Say whether the bot understood what was asked."""
    seen = Conversation.seen_by(me()).with_only_columns(Conversation.id)
    entry = db.session.scalar(select(Entry).where(Entry.id == entry_id, Entry.conversation_id.in_(seen))) or abort(404)
    try:
        Verdict.give(entry, me(), request.form.get("right") == "yes")
    except ValueError:
        abort(404)
    return see(f"/desk/conversations/{entry.conversation_id}")
