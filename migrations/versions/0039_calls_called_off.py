"""A call that was called off has no lane: others may take its time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_backs") as table:
        table.alter_column("lane", existing_type=sa.Integer(), nullable=True)
    calls = sa.table("call_backs", sa.column("lane", sa.Integer), sa.column("conversation_id", sa.Integer))
    rows = sa.table("conversations", sa.column("id", sa.Integer), sa.column("state", sa.String), sa.column("merged_into_id", sa.Integer))
    closed = sa.select(rows.c.id).where(rows.c.state == "closed", rows.c.merged_into_id.is_(None))
    op.execute(calls.update().where(calls.c.conversation_id.in_(closed)).values(lane=None))


def downgrade() -> None:
    calls = sa.table("call_backs", sa.column("lane", sa.Integer))
    op.execute(calls.delete().where(calls.c.lane.is_(None)))
    with op.batch_alter_table("call_backs") as table:
        table.alter_column("lane", existing_type=sa.Integer(), nullable=False)
