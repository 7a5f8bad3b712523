"""Rules at work: each acts once for each thing that happened, says so in the thread, and stops itself when it runs in circles."""

from __future__ import annotations

from datetime import timedelta

from app.accounts.models import Person
from app.conversations.models import Conversation, Taken
from app.lib import clock
from app.lib.db import db, first
from app.notifications.channels import Topic, declare
from app.notifications.models import Notice
from app.tickets.models.ticket import Ticket
from app.tickets.rules import doing
from app.tickets.rules.asking import EVENTS, Case, holds
from app.tickets.rules.rows import Rule, RuleRun

WITHIN = timedelta(hours=1)
MOST_OF_ONE, MOST_OF_ALL = 5, 20

declare(Topic("rules.stopped", "Rules that stop", "A rule ran in circles and was switched off.", who="admin"))


def fire(event: str, case: Case | None, cause: str) -> list[RuleRun]:
    """Let the rules act that listen to this event. `cause` names what happened: for the same cause a rule acts once."""
    if case is None or case.conversation.merged_into_id is not None:
        return []
    rules = db.session.scalars(Rule.awake(event)).all()
    return [run for rule in rules if listens(rule, case) and holds(rule.conditions, case) and (run := act(rule, case, cause))]


def listens(rule: Rule, case: Case) -> bool:
    """What happened before it was switched on is none of its business: a worker that was away may tell late."""
    return rule.on_since is not None and case.at >= rule.on_since


def act(rule: Rule, case: Case, cause: str) -> RuleRun | None:
    conversation = case.conversation
    if in_circles(rule, conversation):
        stop(rule, conversation)
        return None
    run = begun(rule, conversation, f"{rule.event}:{cause}"[:80])
    if run is None:
        return None
    done = [{**deed, "was": was} for deed in rule.deeds if (was := doing.did(deed, conversation)) is not None]
    run.done, run.acted = done, bool(done)
    if done:
        write_down(rule, run, conversation)
    return run


def begun(rule: Rule, conversation: Conversation, cause: str) -> RuleRun | None:
    """The row that makes it happen once. None when it did already."""
    run = RuleRun(rule_id=rule.id, version=rule.version, conversation_id=conversation.id, cause=cause)
    return run if first(run) else None


def write_down(rule: Rule, run: RuleRun, conversation: Conversation) -> None:
    words = ", ".join(doing.in_words(deed).lower() if number else doing.in_words(deed) for number, deed in enumerate(run.done))
    conversation.happen("rule", None, rule=rule.title, version=rule.version, run=run.id, words=words)
    ticket = Ticket.of(conversation)
    if ticket is not None:
        ticket.explain(f"Rule “{rule.title}”, version {rule.version} ({EVENTS[rule.event].lower()}): {words}.")


def in_circles(rule: Rule, conversation: Conversation) -> bool:
    return RuleRun.lately(conversation, WITHIN, rule) >= MOST_OF_ONE or RuleRun.lately(conversation, WITHIN) >= MOST_OF_ALL


def stop(rule: Rule, conversation: Conversation) -> None:
    """Switch it off and tell the admins."""
    rule.stop()
    conversation.happen("rule_stopped", None, rule=rule.title)
    for person in db.session.scalars(Person.who_may("admin")):
        told = f"It acted on {conversation.reference} again and again within an hour."
        Notice.tell(
            person, "rules.stopped", f"The rule “{rule.title}” was switched off", told, f"/desk/rules/{rule.id}", key=f"rule:{rule.id}"
        )


def undo(run: RuleRun, by: Person) -> tuple[int, int]:
    """Take back what can be taken back and is still as the rule left it: how many deeds of how many. A second press does nothing."""
    if run.undone_at is not None:
        return 0, len(run.done)
    conversation = run.conversation
    back = sum(undone(deed, conversation, by) for deed in reversed(run.done))
    run.undone_at, run.undone_by_id = clock.now(), by.id
    conversation.happen("rule_undone", by, rule=run.rule.title, version=run.version, run=run.id)
    return back, len(run.done)


def undone(deed: dict[str, object], conversation: Conversation, by: Person) -> bool:
    known = doing.DEEDS.get(str(deed["do"]))
    was = deed["was"]
    if known is None or known.undo is None or not isinstance(was, dict):
        return False
    try:
        return known.undo(conversation, str(deed["value"]), was, by)
    except Taken:
        return False
