"""Hosts, bookings, their calendars and the waiting list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_series",
        sa.Column("type_slug", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_booking_series_person_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_series")),
    )
    op.create_table(
        "hosts",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("about", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("video_url", sa.String(length=300), nullable=False),
        sa.Column("office", sa.String(length=200), nullable=False),
        sa.Column("holiday_country", sa.String(length=2), nullable=False),
        sa.Column("holiday_region", sa.String(length=10), nullable=False),
        sa.Column("stale_hours", sa.Integer(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("feed_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_hosts_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosts")),
        sa.UniqueConstraint("person_id", name=op.f("uq_hosts_person_id")),
    )
    op.create_table(
        "waiting_places",
        sa.Column("type_slug", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_waiting_places_person_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_places")),
    )
    op.create_index(op.f("ix_waiting_places_person_id"), "waiting_places", ["person_id"], unique=False)
    op.create_index(op.f("ix_waiting_places_type_slug"), "waiting_places", ["type_slug"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("uid", sa.String(length=120), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type_slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("promised", sa.String(length=16), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("profession", sa.String(length=80), nullable=True),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("place_words", sa.String(length=300), nullable=False),
        sa.Column("sms_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("waiting_id", sa.Integer(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"], name=op.f("fk_bookings_made_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_bookings_person_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["series_id"], ["booking_series.id"], name=op.f("fk_bookings_series_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["waiting_id"], ["waiting_places.id"], name=op.f("fk_bookings_waiting_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("uid", name=op.f("uq_bookings_uid")),
    )
    op.create_index(op.f("ix_bookings_email"), "bookings", ["email"], unique=False)
    op.create_index(op.f("ix_bookings_person_id"), "bookings", ["person_id"], unique=False)
    op.create_index(op.f("ix_bookings_series_id"), "bookings", ["series_id"], unique=False)
    op.create_index("ix_bookings_state_starts", "bookings", ["state", "starts_at"], unique=False)
    op.create_index(op.f("ix_bookings_type_slug"), "bookings", ["type_slug"], unique=False)
    op.create_table(
        "calendar_links",
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.Column("tentative_is_busy", sa.Boolean(), nullable=False),
        sa.Column("memory", sa.JSON(), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_calendar_links_host_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_links")),
    )
    op.create_index(op.f("ix_calendar_links_host_id"), "calendar_links", ["host_id"], unique=False)
    op.create_table(
        "host_days",
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_host_days_host_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_days")),
    )
    op.create_index(op.f("ix_host_days_host_id"), "host_days", ["host_id"], unique=False)
    op.create_table(
        "host_time_off",
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_host_time_off_host_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_time_off")),
    )
    op.create_index(op.f("ix_host_time_off_host_id"), "host_time_off", ["host_id"], unique=False)
    op.create_table(
        "host_windows",
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('start BETWEEN 0 AND 1439 AND "end" BETWEEN 0 AND 1440', name=op.f("ck_host_windows_minutes")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_host_windows_weekday")),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_host_windows_host_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_windows")),
    )
    op.create_index(op.f("ix_host_windows_host_id"), "host_windows", ["host_id"], unique=False)
    op.create_table(
        "waiting_offers",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["waiting_places.id"], name=op.f("fk_waiting_offers_place_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_offers")),
        sa.UniqueConstraint("place_id", "starts_at", name=op.f("uq_waiting_offers_place_id_starts_at")),
    )
    op.create_table(
        "booking_outcomes",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_outcomes_booking_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_booking_outcomes_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_outcomes")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_booking_outcomes_booking_id")),
    )
    op.create_table(
        "booking_seats",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("type_slug", sa.String(length=80), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("block_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("block_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_seats_booking_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_booking_seats_host_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_seats")),
    )
    op.create_index(op.f("ix_booking_seats_booking_id"), "booking_seats", ["booking_id"], unique=False)
    op.create_index("ix_booking_seats_host_block", "booking_seats", ["host_id", "block_start"], unique=False)
    op.create_index(op.f("ix_booking_seats_type_slug"), "booking_seats", ["type_slug"], unique=False)
    op.create_table(
        "busy_times",
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=300), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_busy_times_host_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_links.id"], name=op.f("fk_busy_times_link_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_times")),
    )
    op.create_index("ix_busy_times_host_start", "busy_times", ["host_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_busy_times_link_id"), "busy_times", ["link_id"], unique=False)
    op.create_table(
        "calendar_conflicts",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_calendar_conflicts_booking_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_links.id"], name=op.f("fk_calendar_conflicts_link_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_conflicts")),
        sa.UniqueConstraint("booking_id", "link_id", "kind", name=op.f("uq_calendar_conflicts_booking_id_link_id_kind")),
    )
    op.create_index(op.f("ix_calendar_conflicts_link_id"), "calendar_conflicts", ["link_id"], unique=False)
    op.create_table(
        "calendar_copies",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("href", sa.String(length=1000), nullable=False),
        sa.Column("etag", sa.String(length=300), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_calendar_copies_booking_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["link_id"], ["calendar_links.id"], name=op.f("fk_calendar_copies_link_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_copies")),
        sa.UniqueConstraint("booking_id", "link_id", name=op.f("uq_calendar_copies_booking_id_link_id")),
    )
    op.create_index(op.f("ix_calendar_copies_link_id"), "calendar_copies", ["link_id"], unique=False)
    op.create_table(
        "intake_files",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_intake_files_booking_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_files")),
    )
    op.create_index(op.f("ix_intake_files_booking_id"), "intake_files", ["booking_id"], unique=False)
    op.create_table(
        "intakes",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_intakes_booking_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intakes")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_intakes_booking_id")),
    )
    op.create_table(
        "slot_claims",
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_slot_claims_booking_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_slot_claims_host_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("host_id", "bucket", name=op.f("pk_slot_claims")),
    )
    op.create_index(op.f("ix_slot_claims_booking_id"), "slot_claims", ["booking_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_slot_claims_booking_id"), table_name="slot_claims")
    op.drop_table("slot_claims")
    op.drop_table("intakes")
    op.drop_index(op.f("ix_intake_files_booking_id"), table_name="intake_files")
    op.drop_table("intake_files")
    op.drop_index(op.f("ix_calendar_copies_link_id"), table_name="calendar_copies")
    op.drop_table("calendar_copies")
    op.drop_index(op.f("ix_calendar_conflicts_link_id"), table_name="calendar_conflicts")
    op.drop_table("calendar_conflicts")
    op.drop_index(op.f("ix_busy_times_link_id"), table_name="busy_times")
    op.drop_index("ix_busy_times_host_start", table_name="busy_times")
    op.drop_table("busy_times")
    op.drop_index(op.f("ix_booking_seats_type_slug"), table_name="booking_seats")
    op.drop_index("ix_booking_seats_host_block", table_name="booking_seats")
    op.drop_index(op.f("ix_booking_seats_booking_id"), table_name="booking_seats")
    op.drop_table("booking_seats")
    op.drop_table("booking_outcomes")
    op.drop_table("waiting_offers")
    op.drop_index(op.f("ix_host_windows_host_id"), table_name="host_windows")
    op.drop_table("host_windows")
    op.drop_index(op.f("ix_host_time_off_host_id"), table_name="host_time_off")
    op.drop_table("host_time_off")
    op.drop_index(op.f("ix_host_days_host_id"), table_name="host_days")
    op.drop_table("host_days")
    op.drop_index(op.f("ix_calendar_links_host_id"), table_name="calendar_links")
    op.drop_table("calendar_links")
    op.drop_index(op.f("ix_bookings_type_slug"), table_name="bookings")
    op.drop_index("ix_bookings_state_starts", table_name="bookings")
    op.drop_index(op.f("ix_bookings_series_id"), table_name="bookings")
    op.drop_index(op.f("ix_bookings_person_id"), table_name="bookings")
    op.drop_index(op.f("ix_bookings_email"), table_name="bookings")
    op.drop_table("bookings")
    op.drop_index(op.f("ix_waiting_places_type_slug"), table_name="waiting_places")
    op.drop_index(op.f("ix_waiting_places_person_id"), table_name="waiting_places")
    op.drop_table("waiting_places")
    op.drop_table("hosts")
    op.drop_table("booking_series")
