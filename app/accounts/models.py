"""People and what belongs to them. An address in `email` is proven; what somebody merely typed stands in `claimed_email`."""

from __future__ import annotations

from functools import cache

from flask import g, has_request_context, request
from flask_login import UserMixin, current_user
from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, bindparam, func, or_, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.accounts.events import AddressProven, IdentitiesLinked, IdentitiesParted
from app.accounts.mailed import MailedLink, plain
from app.accounts.passwords import fits, hashed
from app.accounts.sessions import SignIn
from app.accounts.staff import Staff
from app.accounts.teams import Membership, Team
from app.lib import clock, tokens
from app.lib.db import Email, Instant, Model, Slug, Title, add, after_commit, db, only
from app.lib.facts import tell

VISITOR_COOKIE = "fd_visitor"
VISITOR_DAYS = 365
GRANTS = ("editor", "moderator")
ROLES = ("visitor", "customer", "agent", "admin")
MAY = {
    "visitor": set[str](),
    "customer": {"customer"},
    "agent": {"customer", "agent"},
    "admin": {"customer", "agent", "editor", "admin"},
}


class Person(Staff, UserMixin, Model):  # type: ignore[misc]
    """A human being we know: a visitor who wrote, a customer, somebody who works here."""

    __tablename__ = "people"

    name: Mapped[Title] = mapped_column(default="")
    email: Mapped[Email | None] = mapped_column(unique=True)
    claimed_email: Mapped[Email | None] = mapped_column(index=True)
    phone: Mapped[str | None] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(10), default="visitor", index=True)
    profession: Mapped[Slug | None]
    timezone: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[bytes | None]
    totp_last_step: Mapped[int | None]
    about: Mapped[str] = mapped_column(String(300), default="")
    teams: Mapped[list[Team]] = relationship(secondary="memberships", back_populates="people", order_by="Team.name")
    grants: Mapped[list[Grant]] = relationship(back_populates="person", cascade="all, delete-orphan")

    @property
    def display_name(self) -> str:
        return self.name or (self.email or "").partition("@")[0] or f"Visitor {self.id}"

    @property
    def first_name(self) -> str:
        return self.display_name.split()[0]

    @property
    def initials(self) -> str:
        words = self.display_name.split()
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()

    @property
    def is_agent(self) -> bool:
        return self.role in {"agent", "admin"}

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    @property
    def is_proven(self) -> bool:
        return self.email is not None

    @property
    def reachable_email(self) -> str | None:
        """Where a letter may go that this person asked for: the proven address, else the claimed one."""
        return self.email or self.claimed_email

    def may(self, what: str) -> bool:
        """Whether this person may do what is marked `customer`, `agent`, `editor`, `admin` or a granted word."""
        return self.active and (what in MAY[self.role] or any(grant.what == what for grant in self.grants))

    @classmethod
    def who_may(cls, what: str) -> Select[Person]:
        """Everybody of whom `may(what)` is true."""
        by_role = cls.role.in_([role for role, words in MAY.items() if what in words])
        return select(cls).where(cls.active, or_(by_role, cls.grants.any(Grant.what == what))).order_by(cls.id)

    def take_grants(self, words: set[str]) -> None:
        """Exactly these further rights, of GRANTS."""
        self.grants = [grant for grant in self.grants if grant.what in words]
        self.grants += [Grant(what=what) for what in GRANTS if what in words - {grant.what for grant in self.grants}]

    def prove(self, email: str) -> None:
        """This address is theirs now, whatever other was asked for before. An address another person has proven stays that person's."""
        owner = Person.by_email(email)
        if owner is not None and owner is not self:
            raise ValueError("Somebody else has proven this address.")
        self.email, self.claimed_email = plain(email), None
        MailedLink.end_changes(self)
        if self.role == "visitor":
            self.role = "customer"
        tell(AddressProven(person_id=self.id, email=self.email))

    def set_password(self, password: str) -> None:
        """Raises passwords.TooWeak."""
        self.password_hash = hashed(password, self.name, self.email or "")

    def has_password(self, password: str) -> bool:
        return fits(password, self.password_hash)

    @property
    def has_second_step(self) -> bool:
        """Whether a code from their phone is asked for after the password or the link."""
        return self.totp_secret is not None

    def get_id(self) -> str:
        """What Flask-Login keeps: the token of this sign-in, never the person's number."""
        return str(g.sign_in_token)

    def aliases(self) -> list[int]:
        """The ids that stand for this human being: their own and the visitors proven to be them."""
        linked = select(Link.visitor_id).where(Link.person_id == self.id, Link.undone_at.is_(None))
        return [self.id, *db.session.scalars(linked)]

    @classmethod
    def by_email(cls, email: str) -> Person | None:
        return db.session.scalar(select(cls).where(cls.email == plain(email)))

    @classmethod
    def open_account(cls, email: str, name: str = "", role: str = "customer") -> Person:
        """The person with this proven address, made when new. Only call with an address that has been proven."""
        new = cls(name=name, email=plain(email), role=role)
        person = only(select(cls).where(cls.email == new.email), new)
        if person is new:
            tell(AddressProven(person_id=person.id, email=plain(email)))
        return person

    @classmethod
    def agents(cls) -> Select[Person]:
        return select(cls).where(cls.role.in_(("agent", "admin")), cls.active).order_by(cls.name)

    @classmethod
    def matching(cls, words: str) -> Select[Person]:
        """People whose name or address holds the words, for the desk."""
        columns = (cls.name, cls.email, cls.claimed_email)
        found = or_(*(func.lower(column).contains(words.strip().lower(), autoescape=True) for column in columns))
        return select(cls).where(found).order_by(cls.name, cls.id).limit(50)


class Grant(Model):
    """One more thing a person may do than their role says, such as `editor`."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("person_id", "what"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(20))
    person: Mapped[Person] = relationship(back_populates="grants")


class Visitor(Model):
    """One browser that wrote to us: the digest of its cookie, and the person it stands for."""

    __tablename__ = "visitors"

    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    last_seen_at: Mapped[Instant] = mapped_column(default=clock.now)
    person: Mapped[Person] = relationship()

    @classmethod
    def current(cls) -> Visitor | None:
        """The visitor of this browser, if it has written before."""
        token = g.get("visitor_token") or request.cookies.get(VISITOR_COOKIE)
        return db.session.scalar(cls.finding(), {"digest": tokens.digest(token)}) if token else None

    @classmethod
    @cache
    def finding(cls) -> Select[Visitor]:
        """The statement of `current`, with the person, made once: everything that a visitor does begins with it."""
        return select(cls).options(joinedload(cls.person)).where(cls.token_digest == bindparam("digest"))

    @classmethod
    def begin(cls) -> Visitor:
        """The visitor of this browser, made now if need be: call it at the first message, never before. Sets the cookie."""
        found = cls.current()
        if found is not None:
            return found
        token = tokens.secret()
        g.visitor_token = token
        # The cookie names what stands, not what was rolled back.
        after_commit(lambda: setattr(g, "new_visitor_token", token))
        return add(cls(token_digest=tokens.digest(token), person=add(Person())))


class Link(Model):
    """`visitor` was proven to be `person`: who says so and why, and when it was undone."""

    __tablename__ = "identity_links"
    # One browser stands for one person at a time, or the second would read what the first has written.
    __table_args__ = (
        Index(
            "uq_identity_links_living",
            "visitor_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    proof: Mapped[str] = mapped_column(String(40))
    undone_at: Mapped[Instant | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    visitor: Mapped[Person] = relationship(foreign_keys=[visitor_id])
    undone_by: Mapped[Person | None] = relationship(foreign_keys=[undone_by_id])

    @classmethod
    def make(cls, person: Person, visitor: Person, proof: str) -> Link | None:
        """Join an unproven visitor to a proven person, by `proof` (password, link, code, reply).

        None when there is nothing to join: two proven people never are, nor a visitor who is somebody's, or who said to be another.
        """
        if visitor.is_proven or not person.is_proven or visitor.claimed_email not in {None, person.email} or cls.living(visitor):
            return None
        link = add(cls(person_id=person.id, visitor_id=visitor.id, proof=proof))
        tell(IdentitiesLinked(link_id=link.id, person_id=person.id, visitor_id=visitor.id))
        return link

    @classmethod
    def living(cls, visitor: Person) -> Link | None:
        return db.session.scalar(select(cls).where(cls.visitor_id == visitor.id, cls.undone_at.is_(None)))

    @classmethod
    def human(cls, visitor: Person) -> Person:
        """Who was proven to stand behind this visitor; the visitor as long as nobody was."""
        link = cls.living(visitor)
        return db.session.get_one(Person, link.person_id) if link else visitor

    @classmethod
    def of(cls, person: Person) -> Select[Link]:
        """Every link of a person, undone ones too, newest first: the desk shows who was joined, why, and by whom it was undone."""
        return select(cls).where(cls.person_id == person.id).order_by(cls.id.desc())

    def undo(self, by: Person) -> None:
        """They are two again. What the visitor wrote is the visitor's."""
        if self.undone_at is None:
            self.undone_at, self.undone_by_id = clock.now(), by.id
            tell(IdentitiesParted(link_id=self.id, person_id=self.person_id, visitor_id=self.visitor_id))


def current_person() -> Person | None:
    """The signed-in person, else the one this browser's visitor cookie stands for, else None."""
    if not has_request_context():
        return None
    if current_user.is_authenticated:
        return current_user._get_current_object()  # type: ignore[no-any-return]
    visitor = Visitor.current()
    return visitor.person if visitor else None


def proven_person() -> Person | None:
    """The signed-in person only."""
    return current_user._get_current_object() if has_request_context() and current_user.is_authenticated else None


def me() -> Person:
    """The signed-in person, in a view that `needs` one."""
    person: Person = current_user._get_current_object()
    return person


__all__ = ["Grant", "Link", "Membership", "Person", "SignIn", "Team", "Visitor", "current_person", "me", "plain", "proven_person"]
