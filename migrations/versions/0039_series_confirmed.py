"""Since when the visitor has the one letter about all sessions of a series."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("booking_series") as table:
        table.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    booked = "SELECT 1 FROM bookings WHERE bookings.series_id = booking_series.id AND bookings.state = 'booked'"
    op.execute(f"UPDATE booking_series SET confirmed_at = created_at WHERE EXISTS ({booked})")  # noqa: S608 - our own words


def downgrade() -> None:
    with op.batch_alter_table("booking_series") as table:
        table.drop_column("confirmed_at")
