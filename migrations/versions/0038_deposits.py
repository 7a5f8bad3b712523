"""Deposits after a missed consult: which order pays for which booking, and where an order without an offer leads back to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("orders") as table:
        table.add_column(sa.Column("back", sa.String(length=300), nullable=False, server_default=""))
    op.create_table(
        "booking_deposits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_deposits_booking_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_booking_deposits_order_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_deposits")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_booking_deposits_booking_id")),
        sa.UniqueConstraint("order_id", name=op.f("uq_booking_deposits_order_id")),
    )


def downgrade() -> None:
    op.drop_table("booking_deposits")
    with op.batch_alter_table("orders") as table:
        table.drop_column("back")
