"""Who came to read another conversation by a merge, for the day it is undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("moves") as table:
        table.add_column(sa.Column("newcomers", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("moves") as table:
        table.drop_column("newcomers")
