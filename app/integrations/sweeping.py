"""The look at both lists: what a provider has against what we have. Webhooks get lost; a difference waits for somebody to accept it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.consults.models import OutsideBooking, ProviderState
from app.consults.providers import Provider, Report, provider_of, providers
from app.lib import clock, tokens
from app.lib.db import Instant, Model, add, db, let_go
from app.lib.outbox import errand, later

OVERLAP = timedelta(days=2)
ENDED = ("cancelled", "replaced")
KINDS = {
    "missing": "We have not heard of it",
    "state": "It stands differently there",
    "time": "It is at another time there",
    "gone": "They do not list it any more",
}


class Difference(Model):
    """One booking of which a provider says something else than we do; open until somebody accepted theirs or kept ours."""

    __tablename__ = "booking_differences"

    provider: Mapped[str] = mapped_column(String(20), index=True)
    ref: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    settled_at: Mapped[Instant | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    accepted: Mapped[bool] = mapped_column(default=False)

    @property
    def theirs(self) -> Report:
        return Report.from_json(tokens.decrypt(self.sealed).decode())

    @property
    def ours(self) -> OutsideBooking | None:
        return OutsideBooking.find(self.provider, self.ref)

    @property
    def words(self) -> str:
        return KINDS[self.kind]

    def accept(self, by: Person) -> None:
        """Take theirs. A second press changes nothing."""
        if self.settled_at is None:
            OutsideBooking.hear(self.theirs)
            self.settled_at, self.settled_by_id, self.accepted = clock.now(), by.id, True

    def dismiss(self, by: Person) -> None:
        """Keep ours. The same difference is not shown again."""
        if self.settled_at is None:
            self.settled_at, self.settled_by_id = clock.now(), by.id

    @classmethod
    def open(cls, provider: str = "") -> Select[Difference]:
        found = select(cls).where(cls.settled_at.is_(None)).order_by(cls.id)
        return found.where(cls.provider == provider) if provider else found


@errand("integrations.sweep_all")
def sweep_all() -> None:
    """Compare with every provider whose list may be asked; each has its own turn and its own mishaps."""
    for provider in providers():
        if provider.lists:
            sweep_soon(provider.name)


def sweep_soon(name: str) -> None:
    later("integrations.sweep", key=f"integrations:sweep:{name}", provider_name=name)


@errand("integrations.sweep")
def sweep(provider_name: str) -> None:
    """Ask one provider for its bookings since the last good look, with two days to spare, and note what differs."""
    name, provider, began = provider_name, provider_of(provider_name), clock.now()
    last = db.session.scalar(select(ProviderState.swept_at).where(ProviderState.name == name))
    since = (last or began) - OVERLAP
    let_go()
    hook, problem, reports = asked(provider, since)
    state = ProviderState.of(name, locked=True)
    state.sweep_error, state.hook_words = problem, hook
    if not problem:
        state.swept_at = began
        compare(name, reports, since, began)


def asked(provider: Provider, since: datetime) -> tuple[str, str, list[Report]]:
    try:
        return provider.look_after(), "", provider.listed(since)
    except (OSError, ValueError) as error:
        return "", str(error)[:1000] or type(error).__name__, []


def compare(name: str, reports: list[Report], since: datetime, began: datetime) -> None:
    """Note the differences that are new, forget those that are over."""
    found = {report.ref: (kind, report) for report in reports if (kind := difference(report))}
    listed = {report.ref for report in reports}
    ahead = db.session.scalars(OutsideBooking.ahead(name))
    found |= {row.ref: ("gone", end_of(row)) for row in ahead if is_gone(row, listed, since, began)}
    known = {row.ref: row for row in db.session.scalars(select(Difference).where(Difference.provider == name).order_by(Difference.id))}
    for ref, (kind, report) in found.items():
        note(name, ref, kind, report, known.get(ref))
    for row in db.session.scalars(Difference.open(name)):
        if row.ref not in found:
            db.session.delete(row)


def note(name: str, ref: str, kind: str, report: Report, known: Difference | None) -> None:
    # When they last touched it says nothing; what they say of it does.
    digest = tokens.digest(f"{kind} {report.state} {report.starts_at} {report.ends_at}")
    if known is not None and known.digest == digest and (known.settled_at is None or not known.accepted):
        return
    if known is not None and known.settled_at is None:
        db.session.delete(known)
    add(Difference(provider=name, ref=ref[:120], kind=kind, sealed=tokens.encrypt(report.as_json().encode()), digest=digest))


def difference(report: Report) -> str:
    """How a report differs from what we have; empty when it does not, or is about something that ended before we heard of it."""
    ours = OutsideBooking.find(report.provider, report.ref)
    if ours is None or not ours.state:
        return "" if report.state in ENDED else "missing"
    if report.state != ours.state and not (report.state in ENDED and ours.state in ENDED):
        return "state"
    moved = report.starts_at != ours.starts_at or report.ends_at != ours.ends_at
    return "time" if moved and report.state not in ENDED else ""


def is_gone(row: OutsideBooking, listed: set[str], since: datetime, began: datetime) -> bool:
    """Not on the list, which may not know yet what was booked while it was read."""
    return row.ref not in listed and row.created_at <= began and row.starts_at is not None and row.starts_at > since


def end_of(row: OutsideBooking) -> Report:
    """What it means that they do not list a booking any more."""
    return Report(provider=row.provider, ref=row.ref, at=clock.now(), state="cancelled", reason="No longer listed there.")
