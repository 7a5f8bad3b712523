"""What readers do with help: votes, feedback, openings, questions, progress in guides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "help_asked",
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=160), nullable=False),
        sa.Column("weak", sa.Boolean(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("top", sa.String(length=160), nullable=False),
        sa.Column("opened", sa.String(length=160), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_asked")),
    )
    op.create_index(op.f("ix_help_asked_source"), "help_asked", ["source"])
    op.create_index(op.f("ix_help_asked_weak"), "help_asked", ["weak"])
    op.create_table(
        "help_readings",
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_readings")),
        sa.UniqueConstraint("subject", "day", name=op.f("uq_help_readings_subject_day")),
    )
    op.create_index(op.f("ix_help_readings_day"), "help_readings", ["day"])
    op.create_table(
        "help_votes",
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_votes")),
        sa.UniqueConstraint("subject", "reader", name=op.f("uq_help_votes_subject_reader")),
    )
    op.create_index(op.f("ix_help_votes_subject"), "help_votes", ["subject"])
    op.create_table(
        "help_comments",
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["handled_by_id"], ["people.id"], name=op.f("fk_help_comments_handled_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_help_comments_person_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_comments")),
    )
    op.create_index(op.f("ix_help_comments_subject"), "help_comments", ["subject"])
    op.create_table(
        "help_progress",
        sa.Column("article", sa.String(length=120), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_help_progress_person_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_progress")),
        sa.UniqueConstraint("article", "reader", name=op.f("uq_help_progress_article_reader")),
    )
    for column in ("article", "person_id", "reader"):
        op.create_index(op.f(f"ix_help_progress_{column}"), "help_progress", [column])


def downgrade() -> None:
    for table in ("help_progress", "help_comments", "help_votes", "help_readings", "help_asked"):
        op.drop_table(table)
