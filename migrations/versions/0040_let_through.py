"""What was let through at the contact form is listed by when somebody decided it; until now that was not written down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_contact_messages_seen", "contact_messages", ["state", "seen_at"])
    names = ("state", "signs", "created_at", "seen_at")
    messages = sa.table("contact_messages", *(sa.column(name) for name in names))
    through = (messages.c.state == "taken", messages.c.seen_at.is_(None), sa.cast(messages.c.signs, sa.Text) != "[]")
    op.execute(messages.update().where(*through).values(seen_at=messages.c.created_at))


def downgrade() -> None:
    op.drop_index("ix_contact_messages_seen", "contact_messages")
