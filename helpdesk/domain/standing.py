"""How an unclosed ticket stands: our turn, the customer's, put off until later; its priority and its tags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import events, locks, tags
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Category, EventKind, Priority, Ticket
from helpdesk.text import clean_line

LONGEST_SNOOZE = timedelta(days=365)
MOST_TAGS = 20
TAG_LIMIT = 40  # characters


def leave_to_customer(ticket: Ticket, *, by: Actor) -> None:
    """It is their turn; what they write brings it back. Raises Conflict when it is closed."""
    _hold(ticket)
    if ticket.category is Category.WAITING:
        return
    _stand(ticket, Category.WAITING)
    events.record(EventKind.TICKET_WAITING, ticket, by=by)


def snooze(ticket: Ticket, *, until: datetime, by: Actor) -> None:
    """Puts it off; it comes back at that time, or when the customer writes. Raises Conflict when it is closed, Invalid
    for a time that is over or more than a year away."""
    _hold(ticket)
    if ticket.category is Category.SNOOZED and ticket.snoozed_until == until:
        return
    guard_until(until)
    _stand(ticket, Category.SNOOZED, until=until)
    events.record(EventKind.TICKET_SNOOZED, ticket, by=by, until=until.isoformat())


def guard_until(until: datetime) -> None:
    """Raises Invalid for a time that is over or more than a year away."""
    now = clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise Invalid("A ticket is snoozed until a time to come, within a year.")


def resume(ticket: Ticket, *, by: Actor, shown_at: str = "") -> None:
    """It is our turn again. Nothing happens to a closed one: that is reopened."""
    locks.conversation(ticket.conversation_id)
    if ticket.category not in (Category.WAITING, Category.SNOOZED):
        return
    _stand(ticket, Category.OPEN)
    events.record(EventKind.TICKET_RESUMED, ticket, by=by, shown_at=shown_at, assignee=ticket.assignee_id)


def prioritise(ticket: Ticket, *, priority: Priority, by: Actor) -> None:
    locks.conversation(ticket.conversation_id)
    if ticket.priority is priority:
        return
    ticket.priority = priority
    events.record(EventKind.TICKET_PRIORITISED, ticket, by=by, priority=priority.value)


def tag(ticket: Ticket, *, names: Sequence[str], by: Actor) -> None:
    """Its tags from now on; new words are made. Case makes no difference. Raises Invalid."""
    locks.conversation(ticket.conversation_id)
    wanted = {name.lower(): name for name in (clean_line(each) for each in names)}
    if len(wanted) > MOST_TAGS or any(not 0 < len(name) <= TAG_LIMIT for name in wanted):
        raise Invalid(f"A ticket has {MOST_TAGS} tags at most, each of 1 to {TAG_LIMIT} characters.")
    if {one.name.lower() for one in ticket.tags} == set(wanted):
        return
    ticket.tags = [tags.named(wanted[name]) for name in sorted(wanted)]
    events.record(EventKind.TICKET_TAGGED, ticket, by=by, tags=sorted(one.name for one in ticket.tags))


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on `ticket` that its snooze is over."""
    return sa.and_(Ticket.category == Category.SNOOZED, Ticket.snoozed_until <= now)


def over() -> Sequence[int]:
    """Ids of tickets whose snooze is over; each wants `wake` in a transaction of its own."""
    return db.session.execute(sa.select(Ticket.id).where(is_due(clock.now())).limit(100)).scalars().all()


def wake(id: int) -> None:
    """Its snooze is over. Nothing when it has come back, or was put off again, in the meantime."""
    conversation = sa.select(Ticket.conversation_id).where(Ticket.id == id)
    locks.conversation(db.session.execute(conversation).scalar_one())
    found = sa.select(Ticket).where(Ticket.id == id, is_due(clock.now()))
    ticket = db.session.execute(found).scalar_one_or_none()
    if ticket is not None:
        resume(ticket, by=events.SYSTEM)


def _hold(ticket: Ticket) -> None:
    locks.conversation(ticket.conversation_id)
    if ticket.is_closed:
        raise Conflict("This ticket is closed. Reopen it first.")
    if ticket.is_request:
        raise Conflict("This is a message request. Accept it first.")


def _stand(ticket: Ticket, category: Category, *, until: datetime | None = None) -> None:
    ticket.category, ticket.status, ticket.snoozed_until = category, category.value, until
