"""When an order's schedule was stopped, and what is chosen on the way to an order apart from what was agreed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("orders") as table:
        table.add_column(sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("choice", sa.String(length=80), nullable=False, server_default=""))
    op.execute("UPDATE orders SET choice = option")


def downgrade() -> None:
    with op.batch_alter_table("orders") as table:
        table.drop_column("choice")
        table.drop_column("stopped_at")
