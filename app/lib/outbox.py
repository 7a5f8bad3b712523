"""The outbox: everything that happens later is a row here, written with its cause. The row is the queue; Redis only carries a nudge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import structlog
from sqlalchemy import JSON, Index, Select, String, Text, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningUpdate, Update

from app.lib import clock
from app.lib.db import Base, Instant, Model, UTCDateTime, add, after_commit, claim, commit, db, roll_back

LEASE = timedelta(minutes=5)
PATIENCE = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600)]

log = structlog.get_logger("frontdesk.outbox")
Handler = Callable[..., None]
_handlers: dict[str, Handler] = {}
_nudges: list[Callable[[int], None]] = []


class Held(Exception):
    """Raised by a handler: not now. The row waits until `until` and no attempt is counted; `why` is for whoever looks at it."""

    def __init__(self, until: datetime, why: str = "") -> None:
        super().__init__(until)
        self.until, self.why = until, why


class Errand(Model):
    """One thing to do: who does it, with what, when; and what became of it."""

    __tablename__ = "errands"
    __table_args__ = (Index("ix_errands_state_due", "state", "due_at"),)

    handler: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(200), index=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    due_at: Mapped[Instant]
    lease_until: Mapped[Instant | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[Instant | None]

    @classmethod
    def due(cls, limit: int = 100) -> Select[int]:
        """The ids of rows that should run now: due and waiting, or running with a lease that has ended."""
        now = clock.now()
        ready = or_(
            (cls.state == "waiting") & (cls.due_at <= now),
            (cls.state == "running") & (cls.lease_until <= now),
        )
        return select(cls.id).where(ready).order_by(cls.due_at, cls.id).limit(limit)

    @classmethod
    def dead(cls) -> Select[Errand]:
        return select(cls).where(cls.state == "dead").order_by(cls.id.desc())

    def retry(self) -> None:
        """Give a dead or cancelled row another life, now."""
        self.state, self.attempts, self.due_at, self.last_error = "waiting", 0, clock.now(), None
        nudge_after_commit(self.id)

    def give_up(self) -> None:
        self.state = "cancelled"


def errand(name: str) -> Callable[[Handler], Handler]:
    """Register the decorated function under a dotted name such as `consults.remind`; it is called with the row's payload."""

    def register(handler: Handler) -> Handler:
        _handlers[name] = handler
        return handler

    return register


def handlers() -> dict[str, Handler]:
    return dict(_handlers)


def later(name: str, due_at: datetime | None = None, key: str | None = None, **payload: Any) -> Errand:
    """Write a row for `name` into the current transaction, due at `due_at` (aware; now when None).

    A waiting row with the same `key` is moved instead of doubled. Raises LookupError for a name nobody registered.
    """
    if name not in _handlers:
        raise LookupError(f"No errand is called {name!r}.")
    at = due_at or clock.now()
    row = waiting_under(key) if key else None
    if row is None or not moved(row, name, payload, at):
        row = add(Errand(handler=name, payload=payload, key=key, due_at=at))
    if at <= clock.now():
        nudge_after_commit(row.id)
    return row


def moved(row: Errand, name: str, payload: dict[str, Any], due_at: datetime) -> bool:
    """Whether the waiting row stands so now: not when a worker has taken it since it was read, for that turn knows nothing of it."""
    wanted = {"handler": name, "payload": payload, "due_at": due_at}
    ours = claim(update(Errand).where(Errand.id == row.id, Errand.state == "waiting").values(**wanted))
    db.session.expire(row)
    return ours


def all_later(names: Iterable[str], payload: dict[str, Any]) -> None:
    """The same for several handlers with one payload, due now."""
    rows = [{"handler": name, "payload": payload, "due_at": clock.now()} for name in names]
    for errand_id in db.session.scalars(insert(Errand).returning(Errand.id), rows) if rows else ():
        nudge_after_commit(errand_id)


def reschedule(name: str, wanted: Mapping[str, tuple[datetime | None, dict[str, Any]]]) -> None:
    """Many timers of one name at once, by key: (due_at, payload), or (None, …) to call it off. What stands as wanted is not touched."""
    waiting = select(Errand).where(Errand.key.in_(wanted), Errand.state == "waiting")
    rows = {str(row.key): row for row in db.session.scalars(waiting)}
    for key, (due_at, payload) in wanted.items():
        row = rows.get(key)
        if due_at is None or (row is not None and (row.due_at == due_at or moved(row, row.handler, row.payload, due_at))):
            continue
        db.session.add(Errand(handler=name, payload=payload, key=key, due_at=due_at))
    db.session.flush()
    off = [row.id for key, row in rows.items() if wanted[key][0] is None]
    if off:
        # By one UPDATE that names the old state: a worker may have taken the row since we read it.
        db.session.execute(update(Errand).where(Errand.id.in_(off), Errand.state == "waiting").values(state="cancelled"))


def waiting_for(keys: Iterable[str]) -> dict[str, datetime]:
    """When the waiting rows under these keys are due, read as plain values: for looking at thousands."""
    waiting = select(Errand.key, Errand.due_at).where(Errand.key.in_(list(keys)), Errand.state == "waiting")
    return {str(key): due_at for key, due_at in db.session.execute(waiting)}


def waiting_under(key: str) -> Errand | None:
    return db.session.scalar(select(Errand).where(Errand.key == key, Errand.state == "waiting"))


def cancel(key: str) -> None:
    """Call off the waiting rows with this key; a key that ends in `*` means every key that begins so."""
    matches = Errand.key.startswith(key[:-1], autoescape=True) if key.endswith("*") else Errand.key == key
    db.session.execute(update(Errand).where(matches, Errand.state == "waiting").values(state="cancelled"))


def run(errand_id: int) -> bool:
    """Claim the row, run its handler, commit the effect and `done` together. False when another was first or it failed."""
    ours = claimed(errand_id)
    if ours is None:
        return False
    handler, payload, attempt = ours
    if attempt > len(PATIENCE) + 1:
        # It never came back from any of its turns: it takes its process with it, and would do so for ever.
        put_back(errand_id, attempt, clock.now(), attempts=attempt, error="The worker died each time.", state="dead")
        return False
    try:
        _handlers[handler](**payload)
        db.session.flush()
        given = {"its_id": errand_id, "attempt": attempt, "now": clock.now()}
        if db.session.connection().execute(finishing(), given).rowcount != 1:
            # The lease ran out and somebody else has the row: their effect counts, ours must not.
            roll_back()
            return False
        commit()
        return True
    except Held as held:
        put_back(errand_id, attempt, held.until, attempts=attempt - 1, error=held.why or None)
    except Exception as error:
        log.warning("errand failed", errand=handler, row=errand_id, attempt=attempt, error=type(error).__name__)
        fail(errand_id, attempt, error)
    return False


def claimed(errand_id: int) -> tuple[str, dict[str, Any], int] | None:
    """Its handler, what that is given, and the number of the attempt; None when it is not due, or somebody else's."""
    now = clock.now()
    given = {"its_id": errand_id, "now": now, "lease": now + LEASE}
    ours = db.session.connection().execute(claiming(), given).one_or_none()
    if ours is None:
        roll_back()
        return None
    commit()
    handler, payload, attempt = ours
    return handler, payload, attempt


# Made once, on the table itself: the worker does hardly anything else as often.


@cache
def claiming() -> ReturningUpdate[Any]:
    rows, now, lease = Base.metadata.tables["errands"], bindparam("now", type_=UTCDateTime), bindparam("lease", type_=UTCDateTime)
    ready = or_((rows.c.state == "waiting") & (rows.c.due_at <= now), (rows.c.state == "running") & (rows.c.lease_until <= now))
    step = update(rows).where(rows.c.id == bindparam("its_id"), ready)
    step = step.values(state="running", lease_until=lease, attempts=rows.c.attempts + 1)
    return cast("ReturningUpdate[Any]", step.returning(rows.c.handler, rows.c.payload, rows.c.attempts))


@cache
def finishing() -> Update:
    rows = Base.metadata.tables["errands"]
    ours = (rows.c.id == bindparam("its_id"), rows.c.state == "running", rows.c.attempts == bindparam("attempt"))
    return update(rows).where(*ours).values(state="done", done_at=bindparam("now", type_=UTCDateTime), lease_until=None)


def fail(errand_id: int, attempt: int, error: Exception) -> None:
    words = f"{type(error).__name__}: {error}"[:2000]
    if attempt > len(PATIENCE):
        put_back(errand_id, attempt, clock.now(), attempts=attempt, error=words, state="dead")
    else:
        put_back(errand_id, attempt, clock.now() + PATIENCE[attempt - 1], attempts=attempt, error=words)


def put_back(errand_id: int, claim_no: int, due_at: datetime, *, attempts: int, error: str | None, state: str = "waiting") -> None:
    """Give the row back after a claim, unless its lease ran out and another worker has it by now."""
    roll_back()
    ours = (Errand.id == errand_id, Errand.state == "running", Errand.attempts == claim_no)
    values = {"state": state, "due_at": due_at, "attempts": attempts, "last_error": error, "lease_until": None}
    db.session.execute(update(Errand).where(*ours).values(**values))
    commit()


@errand("outbox.sweep")
def sweep(days: int = 30) -> None:
    """Forget what was done or called off `days` ago; what is dead stays until somebody looks."""
    old = clock.now() - timedelta(days=days)
    over = Errand.state.in_(("done", "cancelled")) & (func.coalesce(Errand.done_at, Errand.created_at) < old)
    db.session.execute(delete(Errand).where(over).execution_options(synchronize_session=False))


def drain(limit: int = 1000) -> int:
    """Run everything that is due now, one after the other, in this process; gives the number that succeeded."""
    done = 0
    for _ in range(limit):
        ids = db.session.scalars(Errand.due(limit=50)).all()
        roll_back()
        worked = [run(errand_id) for errand_id in ids]
        done += sum(worked)
        if not any(worked):
            break
    return done


def on_nudge(call: Callable[[int], None]) -> None:
    """`call` is told the id of each row that became due with a commit; jobs plugs RQ in here. It must be quick and never raise."""
    _nudges.append(call)


def nudge_after_commit(errand_id: int) -> None:
    after_commit(lambda: nudge(errand_id))


def nudge(errand_id: int) -> None:
    for call in _nudges:
        call(errand_id)
