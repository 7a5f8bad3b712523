"""Bookings made at providers' pages, what the providers sent, and how their lists differ from ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_providers",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_by_id", sa.Integer(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sweep_error", sa.Text(), nullable=False),
        sa.Column("hook_words", sa.Text(), nullable=False),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["off_by_id"], ["people.id"], name=op.f("fk_booking_providers_off_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_providers")),
        sa.UniqueConstraint("name", name=op.f("uq_booking_providers_name")),
    )
    op.create_table(
        "outside_bookings",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("event_type", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("hosts", sa.String(length=1000), nullable=False),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("join_url", sa.String(length=1000), nullable=False),
        sa.Column("move_url", sa.String(length=1000), nullable=False),
        sa.Column("cancel_url", sa.String(length=1000), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("mark", sa.String(length=600), nullable=False),
        sa.Column("missed", sa.Boolean(), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_outside_bookings_booking_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_bookings")),
        sa.UniqueConstraint("provider", "ref", name=op.f("uq_outside_bookings_provider_ref")),
    )
    op.create_index(op.f("ix_outside_bookings_mark"), "outside_bookings", ["mark"], unique=False)
    op.create_index(op.f("ix_outside_bookings_booking_id"), "outside_bookings", ["booking_id"], unique=False)
    op.create_table(
        "booking_deliveries",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_deliveries")),
        sa.UniqueConstraint("provider", "digest", name=op.f("uq_booking_deliveries_provider_digest")),
    )
    op.create_index(op.f("ix_booking_deliveries_state"), "booking_deliveries", ["state"], unique=False)
    op.create_index(op.f("ix_booking_deliveries_booking_id"), "booking_deliveries", ["booking_id"], unique=False)
    op.create_table(
        "booking_differences",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["settled_by_id"], ["people.id"], name=op.f("fk_booking_differences_settled_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_differences")),
    )
    op.create_index(op.f("ix_booking_differences_provider"), "booking_differences", ["provider"], unique=False)


def downgrade() -> None:
    op.drop_table("booking_differences")
    op.drop_table("booking_deliveries")
    op.drop_table("outside_bookings")
    op.drop_table("booking_providers")
