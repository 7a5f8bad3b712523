"""A call that was called off has no lane: others may take its time. A browser is pushed to while somebody is signed in there."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_backs") as table:
        table.alter_column("lane", existing_type=sa.Integer(), nullable=True)
    ours = sa.column("lane", sa.Integer), sa.column("conversation_id", sa.Integer), sa.column("starts_at", sa.DateTime(timezone=True))
    calls = sa.table("call_backs", *ours)
    rows = sa.table("conversations", sa.column("id", sa.Integer), sa.column("state", sa.String), sa.column("merged_into_id", sa.Integer))
    closed = sa.select(rows.c.id).where(rows.c.state == "closed", rows.c.merged_into_id.is_(None))
    # A call that was made is over with its conversation, and was not called off.
    ahead = calls.c.starts_at > datetime.now(UTC)
    op.execute(calls.update().where(calls.c.conversation_id.in_(closed), ahead).values(lane=None))
    # Of those that were kept before nobody knows which sign-in they are of: they are switched on again with a press.
    op.execute(sa.table("push_subscriptions").delete())
    with op.batch_alter_table("push_subscriptions") as table:
        table.add_column(sa.Column("sign_in_id", sa.Integer(), nullable=False))
        table.create_foreign_key(op.f("fk_push_subscriptions_sign_in_id"), "sign_ins", ["sign_in_id"], ["id"], ondelete="CASCADE")
        table.create_index("ix_push_subscriptions_sign_in_id", ["sign_in_id"])


def downgrade() -> None:
    with op.batch_alter_table("push_subscriptions") as table:
        table.drop_index("ix_push_subscriptions_sign_in_id")
        table.drop_constraint(op.f("fk_push_subscriptions_sign_in_id"), type_="foreignkey")
        table.drop_column("sign_in_id")
    calls = sa.table("call_backs", sa.column("lane", sa.Integer))
    op.execute(calls.delete().where(calls.c.lane.is_(None)))
    with op.batch_alter_table("call_backs") as table:
        table.alter_column("lane", existing_type=sa.Integer(), nullable=False)
