"""How a shop calls the ways in which a ticket stands: a standard name for each category, which it may change, and names
of its own beside them. Only their categories mean anything to the desk."""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import events, locks, standing, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import Category, EventKind, Status, Ticket
from helpdesk.secrets import new_token
from helpdesk.text import clean_line

STANDARD = {
    Category.OPEN: "Open",
    Category.WAITING: "Customer's turn",
    Category.SNOOZED: "Snoozed",
    Category.CLOSED: "Closed",
    Category.REQUEST: "Request",
}
NAMED = (Category.OPEN, Category.WAITING, Category.SNOOZED, Category.CLOSED)  # a request is no way to leave a ticket
LONGEST = 30  # characters
MOST = 10  # of a category, beside the standard one
FRESH = 2.0  # seconds in which a process need not read the names again


def listing() -> list[Status]:
    """All of them by category, in each the standard one first."""
    rows = list(db.session.execute(sa.select(Status).order_by(Status.position, Status.name)).scalars())
    known = {row.key for row in rows}
    rows += [Status(key=one.value, category=one, name=name) for one, name in STANDARD.items() if one.value not in known]
    return sorted((row for row in rows if row.category in NAMED), key=_place)


def name_of(ticket: Ticket) -> str:
    """A name that was taken away leaves its tickets with the standard one."""
    names = _names()
    return names.get(ticket.status) or names.get(ticket.category.value) or STANDARD[ticket.category]


def add(category: Category, *, name: str) -> Status:
    """Another name inside a category. Raises Invalid."""
    locks.alone("statuses")
    known = listing()
    if category not in NAMED or category is Category.SNOOZED:
        raise Invalid("Choose whose turn it is with this status: ours, the customer's, or nobody's.")
    if sum(one.category is category for one in known) > MOST:
        raise Invalid(f"A category has {MOST} statuses of your own at most.")
    status = Status(key=new_token(), category=category, name=_free(name, known), position=len(known))
    db.session.add(status)
    _changed()
    return status


def rename(key: str, *, name: str) -> None:
    """Raises Invalid, and NotFound for one that is not there."""
    locks.alone("statuses")
    known = listing()
    status = _one(key, known)
    status.name = _free(name, [one for one in known if one.key != key])
    db.session.add(status)
    _changed()


def remove(key: str) -> None:
    """Tickets that have it go by the standard name of its category. Raises Invalid for a standard one."""
    status = _one(key, listing())
    if status.is_standard:
        raise Invalid("Every category needs its standard name. Give it another one instead.")
    db.session.delete(status)
    _changed()


def give(ticket: Ticket, *, key: str, by: Actor) -> None:
    """Calls the ticket so, and turns it to that category. Raises NotFound, Invalid and Conflict."""
    locks.conversation(ticket.conversation_id)
    status = _one(key, listing())
    if ticket.status == key and ticket.category is status.category:
        return
    _turn(ticket, status.category, by=by)
    if ticket.status != key:
        ticket.status = key
        events.record(EventKind.TICKET_NAMED, ticket, by=by, name=status.name)


def choice(ticket: Ticket) -> Sequence[Status]:
    """What this ticket may be called now: putting it off takes a time, and has its own way."""
    return [one for one in listing() if one.category is not Category.SNOOZED or ticket.category is Category.SNOOZED]


def _turn(ticket: Ticket, category: Category, *, by: Actor) -> None:
    if ticket.category is category:
        return
    if ticket.is_request:
        raise Invalid("This is a message request. Accept it first.")
    if category is Category.SNOOZED:
        raise Invalid("Snooze the ticket until a time first.")
    if category is Category.CLOSED:
        tickets.close(ticket, by=by)
        return
    tickets.reopen(ticket, by=by)
    if category is Category.WAITING:
        standing.leave_to_customer(ticket, by=by)
    else:
        standing.resume(ticket, by=by)


def _one(key: str, known: Sequence[Status]) -> Status:
    found = next((one for one in known if one.key == key), None)
    if found is None:
        raise NotFound("There is no such status any more.")
    return found


def _free(name: str, others: Sequence[Status]) -> str:
    name = clean_line(name)
    if not 0 < len(name) <= LONGEST:
        raise Invalid(f"A status has a name of 1 to {LONGEST} characters.")
    if any(one.name.casefold() == name.casefold() for one in others):
        raise Invalid(f"There is a status “{name}” already.")
    return name


def _place(status: Status) -> tuple[int, bool, int]:
    return NAMED.index(status.category), not status.is_standard, status.position or 0


def _names() -> dict[str, str]:
    """By key, those of which the shop has said anything. Every row of a queue asks for them: read once for a page."""
    info = db.session().info
    known: tuple[float, dict[str, str]] | None = info.get("status_names")
    if known is None or time.monotonic() - known[0] > FRESH:
        rows = db.session.execute(sa.select(Status.key, Status.name))
        known = info["status_names"] = time.monotonic(), {row.key: row.name for row in rows}
    return known[1]


def _changed() -> None:
    db.session.flush()
    db.session().info.pop("status_names", None)
