"""Moments of visits, who was asked before leaving; unsubscribing is the notifications' now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moments",
        sa.Column("visit", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(length=60), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("offer", sa.String(length=80), nullable=False),
        sa.Column("profession", sa.String(length=80), nullable=False),
        sa.Column("device", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moments")),
    )
    with op.batch_alter_table("moments", schema=None) as batch_op:
        batch_op.create_index("ix_moments_created_name", ["created_at", "name"], unique=False)
        batch_op.create_index("ix_moments_visit", ["visit"], unique=False)

    op.create_table(
        "exit_asks",
        sa.Column("visit", sa.String(length=32), nullable=False),
        sa.Column("offer", sa.String(length=80), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("device", sa.String(length=10), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("arm", sa.String(length=5), nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_exit_asks_order_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_asks")),
        sa.UniqueConstraint("visit", name=op.f("uq_exit_asks_visit")),
    )
    with op.batch_alter_table("exit_asks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exit_asks_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_exit_asks_offer"), ["offer"], unique=False)

    op.drop_table("checkout_opt_outs")


def downgrade() -> None:
    op.create_table(
        "checkout_opt_outs",
        sa.Column("email", sa.VARCHAR(length=254), nullable=False),
        sa.Column("id", sa.INTEGER(), nullable=False),
        sa.Column("created_at", sa.DATETIME(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout_opt_outs")),
        sa.UniqueConstraint("email", name=op.f("uq_checkout_opt_outs_email")),
    )
    with op.batch_alter_table("exit_asks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exit_asks_offer"))
        batch_op.drop_index(batch_op.f("ix_exit_asks_email"))

    op.drop_table("exit_asks")
    with op.batch_alter_table("moments", schema=None) as batch_op:
        batch_op.drop_index("ix_moments_visit")
        batch_op.drop_index("ix_moments_created_name")

    op.drop_table("moments")
