"""What somebody has looked at, beside what they only took out of the unread."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("participants") as table:
        table.add_column(sa.Column("seen_seq", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE participants SET seen_seq = last_read_seq")


def downgrade() -> None:
    with op.batch_alter_table("participants") as table:
        table.drop_column("seen_seq")
