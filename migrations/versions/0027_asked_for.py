"""Letters that somebody's own deed asked for take no turn in the hour's share of their address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("letters") as table:
        table.add_column(sa.Column("asked_for", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE letters SET asked_for = true WHERE about LIKE 'account:%'")


def downgrade() -> None:
    with op.batch_alter_table("letters") as table:
        table.drop_column("asked_for")
