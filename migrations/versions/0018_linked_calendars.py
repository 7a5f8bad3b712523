"""What was last seen in linked calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_objects",
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("href", sa.String(length=1000), nullable=False),
        sa.Column("etag", sa.String(length=300), nullable=False),
        sa.Column("uid", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_links.id"], name=op.f("fk_calendar_objects_link_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_objects")),
    )
    op.create_index("ix_calendar_objects_link_href", "calendar_objects", ["link_id", "href"], unique=False)
    with op.batch_alter_table("busy_times") as table:
        table.add_column(sa.Column("href", sa.String(length=1000), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("busy_times") as table:
        table.drop_column("href")
    op.drop_index("ix_calendar_objects_link_href", table_name="calendar_objects")
    op.drop_table("calendar_objects")
