"""The index of merged conversations holds only those: the many others must not be looked for in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_conversations_merged_into_id"), table_name="conversations")
    some = sa.text("merged_into_id IS NOT NULL")
    op.create_index("ix_conversations_merged", "conversations", ["merged_into_id"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    op.drop_index("ix_conversations_merged", table_name="conversations")
    op.create_index(op.f("ix_conversations_merged_into_id"), "conversations", ["merged_into_id"])
