"""Whether a rule changed anything when it ran."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rule_runs") as table:
        table.add_column(sa.Column("acted", sa.Boolean(), nullable=False, server_default=sa.false()))
    runs = sa.table("rule_runs", sa.column("acted", sa.Boolean), sa.column("done", sa.JSON))
    op.execute(runs.update().where(sa.cast(runs.c.done, sa.Text) != "[]").values(acted=True))


def downgrade() -> None:
    with op.batch_alter_table("rule_runs") as table:
        table.drop_column("acted")
