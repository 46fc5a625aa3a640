"""One act on many tickets: each for itself, so that one that refuses does not hold up the others, and undone again
where nobody has touched the ticket since."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import access, events, locks, standing, statuses, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import HelpdeskError, Invalid, NotFound
from helpdesk.models import Agent, Category, Priority, Ticket

MOST = 500  # tickets in one go
TOGETHER = 25  # tickets in one transaction: others get their turn in between
LONGEST_SNOOZE = 24 * 365  # hours

Verb = Callable[[Ticket, str, Agent], None]
NOT_THERE = "It is not there, or not yours to see."


@dataclass(frozen=True)
class Act:
    """`what` is a name of ACTS, or of what undoes one; what the value is, it says."""

    what: str
    value: str = ""


@dataclass(frozen=True)
class Result:
    """How it went with one ticket: a sentence when it did not. `back` are the acts that undo it."""

    number: int
    problem: str = ""
    back: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Undo:
    """The acts that bring a ticket back, as long as its newest event is `seq`."""

    number: int
    seq: int
    acts: tuple[Act, ...] = field(default=())


def checked(act: Act, numbers: Sequence[int]) -> None:
    """Raises Invalid for what is no act on any ticket, before anything is done."""
    if act.what not in ACTS:
        raise Invalid("Choose what to do with these tickets.")
    if not numbers:
        raise Invalid("Select some tickets first.")
    if len(numbers) > MOST:
        raise Invalid(f"Select {MOST} tickets at most.")


def apply(act: Act, numbers: Sequence[int], *, by: Agent) -> list[Result]:
    """The act on each of these tickets, a few of them: they are held together, and each fails alone."""
    found = _held(numbers, by)
    return [_applied(act, number, found.get(number), by) for number in numbers]


def undo(steps: Sequence[Undo], *, by: Agent) -> list[Result]:
    """Brings a few tickets back, except those that somebody has touched since."""
    found = _held([step.number for step in steps], by)
    return [_undone(step, found.get(step.number), by) for step in steps]


def steps_back(results: Sequence[Result]) -> list[Undo]:
    """What undoes them, after the commit: by then it is known which event was theirs."""
    changed = {result.number: result for result in results if result.back}
    found = sa.select(Ticket.number, Ticket.seq).where(Ticket.number.in_(changed))
    rows = db.session.execute(found.order_by(Ticket.number)).all() if changed else ()
    return [Undo(number, seq, changed[number].back) for number, seq in rows]


def as_text(step: Undo) -> str:
    """As a form carries it: `[1207, 4711, [["assign", "3"]]]`."""
    return json.dumps([step.number, step.seq, [[act.what, act.value] for act in step.acts]])


def from_text(given: str) -> Undo:
    """Raises Invalid."""
    try:
        number, seq, acts = json.loads(given)
        found = tuple(Act(str(what), str(value)) for what, value in acts)
    except (ValueError, TypeError):
        raise Invalid("This cannot be undone any more.") from None
    if not isinstance(number, int) or not isinstance(seq, int) or any(act.what not in _VERBS for act in found):
        raise Invalid("This cannot be undone any more.")
    return Undo(number, seq, found)


def _held(numbers: Sequence[int], by: Agent) -> dict[int, Ticket]:
    seen = access.tickets(by).where(Ticket.number.in_(numbers))
    locks.conversations(db.session.execute(seen.with_only_columns(Ticket.conversation_id)).scalars())
    return {ticket.number: ticket for ticket in db.session.execute(seen).scalars()}


def _applied(act: Act, number: int, ticket: Ticket | None, by: Agent) -> Result:
    if ticket is None:
        return Result(number, NOT_THERE)
    before = _standing_of(ticket)
    problem = _done((act,), ticket, by)
    return Result(number, problem) if problem else Result(number, back=_way_back(before, _standing_of(ticket)))


def _undone(step: Undo, ticket: Ticket | None, by: Agent) -> Result:
    if ticket is None:
        return Result(step.number, NOT_THERE)
    if ticket.seq != step.seq:
        return Result(step.number, "Something has happened to it since: it stays as it is.")
    return Result(step.number, _done(step.acts, ticket, by))


def _done(acts: Sequence[Act], ticket: Ticket, by: Agent) -> str:
    """ "" when all of it was done, else why nothing was."""
    try:
        with events.savepoint():
            for act in acts:
                _VERBS[act.what](ticket, act.value, by)
    except HelpdeskError as problem:
        return problem.sentence
    return ""


# --- acts -----------------------------------------------------------------------------------------------------


def _assign(ticket: Ticket, value: str, by: Agent) -> None:
    """To an agent by their id, to "me", or to nobody."""
    to = by if value == "me" else access.colleague(_id(value), by=by) if value else None
    tickets.assign(ticket, to=to, by=Actor.of(by))


def _move(ticket: Ticket, value: str, by: Agent) -> None:
    tickets.move(ticket, team=access.team(_id(value), by=by), by=Actor.of(by))


def _close(ticket: Ticket, value: str, by: Agent) -> None:
    tickets.close(ticket, by=Actor.of(by))


def _open(ticket: Ticket, value: str, by: Agent) -> None:
    """It is our turn, whatever it was."""
    if ticket.is_closed:
        tickets.reopen(ticket, by=Actor.of(by))
    else:
        standing.resume(ticket, by=Actor.of(by))


def _wait(ticket: Ticket, value: str, by: Agent) -> None:
    standing.leave_to_customer(ticket, by=Actor.of(by))


def _snooze(ticket: Ticket, value: str, by: Agent) -> None:
    """For so many hours from now."""
    hours = _id(value)
    if not 0 < hours <= LONGEST_SNOOZE:
        raise Invalid("A ticket is snoozed until a time to come, within a year.")
    standing.snooze(ticket, until=clock.now() + timedelta(hours=hours), by=Actor.of(by))


def _prioritise(ticket: Ticket, value: str, by: Agent) -> None:
    if value not in set(Priority):
        raise Invalid("Choose a priority.")
    standing.prioritise(ticket, priority=Priority(value), by=Actor.of(by))


def _tag(ticket: Ticket, value: str, by: Agent) -> None:
    if not value.strip():
        raise Invalid("Choose a tag.")
    standing.tag(ticket, names=[*(one.name for one in ticket.tags), value], by=Actor.of(by))


def _untag(ticket: Ticket, value: str, by: Agent) -> None:
    left = [one.name for one in ticket.tags if one.name.lower() != value.strip().lower()]
    standing.tag(ticket, names=left, by=Actor.of(by))


ACTS: dict[str, Verb] = {
    "assign": _assign,
    "team": _move,
    "close": _close,
    "open": _open,
    "wait": _wait,
    "snooze": _snooze,
    "priority": _prioritise,
    "tag": _tag,
    "untag": _untag,
}


# --- ways back ------------------------------------------------------------------------------------------------


def _standing_of(ticket: Ticket) -> dict[str, Any]:
    until = ticket.snoozed_until.isoformat() if ticket.snoozed_until else ""
    return {
        "team": str(ticket.team_id),
        "assign": str(ticket.assignee_id or ""),
        "stand": f"{ticket.category.value} {ticket.status} {until}".strip(),
        "priority": ticket.priority.value,
        "tags": json.dumps([one.name for one in ticket.tags]),
    }


def _way_back(before: dict[str, Any], after: dict[str, Any]) -> tuple[Act, ...]:
    """What stood otherwise before, in an order in which it can be brought back."""
    return tuple(Act(what, before[what]) for what in before if before[what] != after[what])


def _stand_again(ticket: Ticket, value: str, by: Agent) -> None:
    """As "snoozed snoozed 2027-01-04T09:00:00+00:00", "open open" …: a category, its status, and until when."""
    category, status, until = [*value.split(" "), "", ""][:3]
    if category not in set(Category) or not status:
        raise Invalid("This cannot be undone any more.")
    wanted, at = Category(category), _time(until)
    if wanted is Category.CLOSED:
        tickets.close(ticket, by=Actor.of(by))
    elif ticket.is_closed:
        tickets.take_back_closing(ticket, category=wanted, until=at, by=Actor.of(by))
    elif wanted is Category.SNOOZED and at is not None:
        standing.snooze(ticket, until=at, by=Actor.of(by))
    elif wanted is Category.WAITING:
        standing.leave_to_customer(ticket, by=Actor.of(by))
    else:
        standing.resume(ticket, by=Actor.of(by))
    if ticket.status != status and status != category:
        statuses.give(ticket, key=status, by=Actor.of(by))


def _tag_again(ticket: Ticket, value: str, by: Agent) -> None:
    try:
        names = [str(one) for one in json.loads(value)]
    except (ValueError, TypeError):
        raise Invalid("This cannot be undone any more.") from None
    standing.tag(ticket, names=names, by=Actor.of(by))


_VERBS: dict[str, Verb] = {**ACTS, "stand": _stand_again, "tags": _tag_again}


def _time(given: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid("This cannot be undone any more.") from None
    if at is not None and at.tzinfo is None:
        raise Invalid("This cannot be undone any more.")
    return at


def _id(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise NotFound
    return int(value)
