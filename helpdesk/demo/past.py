"""Writing what happened earlier: one transaction with the clock set back, which nobody else ever sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpdesk import clock
from helpdesk.db import before_commit, db, transaction
from helpdesk.domain import events
from helpdesk.models import ClockOffset, Counter

_SET_BACK = "set back"  # in the session's info: what the transaction owes to the rows that it changed
_TICKETS = Counter.name == "ticket"


@contextmanager
def in_the_past(moment: datetime, *, ticket_number: int | None = None) -> Iterator[None]:
    """A `transaction()` in which `clock.now()` goes on from `moment`, and the next ticket gets `ticket_number` (of a
    range from `reserve`). Clock and numbers are put back by its last statements, so that no other process sees them."""
    if _put_back not in before_commit:
        before_commit.append(_put_back)  # after the events' numbers, which take their times from the clock
    session = db.session()
    try:
        with transaction():
            session.info[_SET_BACK] = owed = []
            owed.append(_set_clock(moment))
            if ticket_number is not None:
                owed.append(_set_counter(ticket_number))
            yield
    finally:
        session.info.pop(_SET_BACK, None)


def go_on(moment: datetime) -> None:
    """Inside `in_the_past`: what happened so far is numbered at its own time, and the clock goes on from `moment`."""
    session = db.session()
    session.flush()
    events.number(session)
    session.info.get("events", []).clear()
    _turn_clock(moment)


@contextmanager
def untold() -> Iterator[None]:
    """Meanwhile this process rings no bells and tells no screens; pages learn of it from their cursor."""
    told = events.reactions
    events.reactions = {}
    try:
        yield
    finally:
        events.reactions = told


def reserve(count: int) -> int:
    """Keeps the next `count` ticket numbers for older requests, to be written later. Answers the first."""
    with transaction():
        taken = sa.update(Counter).where(_TICKETS).values(value=Counter.value + count).returning(Counter.value)
        last: int = db.session.execute(taken, execution_options={"synchronize_session": False}).scalar_one()
    return last - count + 1


def _set_clock(moment: datetime) -> sa.Executable:
    """Answers what puts it back."""
    earlier = db.session.execute(sa.select(ClockOffset.seconds)).scalar()
    if earlier is None:
        db.session.execute(sa.insert(ClockOffset).values(id=1, seconds=0.0))
    _turn_clock(moment)
    return sa.delete(ClockOffset) if earlier is None else sa.update(ClockOffset).values(seconds=earlier)


def _turn_clock(moment: datetime) -> None:
    clock.moved_on()
    ahead = (moment - clock.now()).total_seconds()
    _run(db.session(), sa.update(ClockOffset).values(seconds=ClockOffset.seconds + ahead))
    clock.moved_on()


def _set_counter(number: int) -> sa.Executable:
    """Answers what puts it back. The row is locked from here on: nobody else takes a number meanwhile."""
    locked = sa.select(Counter.value).where(_TICKETS).with_for_update()
    earlier = db.session.execute(locked).scalar_one()
    change = sa.update(Counter).where(_TICKETS)
    _run(db.session(), change.values(value=number - 1))
    return change.values(value=earlier)


def _put_back(session: Session) -> None:
    for change in session.info.pop(_SET_BACK, ()):
        _run(session, change)


def _run(session: Session, change: sa.Executable) -> None:
    session.execute(change, execution_options={"synchronize_session": False})
