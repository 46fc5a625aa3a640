"""What agents and programs decide about a message to come: its words and its time, until its time has come."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk import clock, walltime
from helpdesk.db import db
from helpdesk.domain import events, locks
from helpdesk.domain.events import Actor, Viewer
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Agent, ApiToken, EventKind, ScheduledMessage, ScheduledState, Ticket
from helpdesk.text import clean_text

GRACE = timedelta(minutes=30)
LONGEST_GRACE = timedelta(days=1)
FURTHEST = timedelta(days=366)
CHANGEABLE = (ScheduledState.PLANNED, ScheduledState.PARKED)


def plan(
    ticket: Ticket,
    *,
    client_id: str,
    text: str,
    at: datetime,
    zone: str,
    grace: timedelta = GRACE,
    by: Viewer,
) -> ScheduledMessage:
    """Plans a message for when the wall clock of `zone` shows `at` (without a zone of its own). The same `client_id`
    once more answers with what was planned. Raises Invalid."""
    locks.conversation(ticket.conversation_id)
    known = sa.select(ScheduledMessage).where(
        ScheduledMessage.conversation_id == ticket.conversation_id, ScheduledMessage.client_id == client_id
    )
    planned = db.session.execute(known).scalar_one_or_none()
    if planned is not None:
        return planned
    now = clock.now()
    planned = ScheduledMessage(
        conversation=ticket.conversation,
        ticket=ticket,
        agent=by if isinstance(by, Agent) else None,
        token=by if isinstance(by, ApiToken) else None,
        client_id=client_id,
        text=_words(text),
        wall_time=walltime.written(at),
        zone=zone,
        due_at=_moment(at, zone, now),
        grace=_seconds(grace),
        created_at=now,
    )
    db.session.add(planned)
    db.session.flush()
    _tell(EventKind.MESSAGE_PLANNED, planned, by=by)
    return planned


def change(planned: ScheduledMessage, *, text: str, at: datetime, zone: str, by: Viewer) -> None:
    """Other words or another time. A parked one is planned again. Raises Invalid, and Conflict once it has gone."""
    locks.conversation(planned.conversation_id)
    _guard(planned)
    words, now = _words(text), clock.now()
    due_at = _moment(at, zone, now)
    if (planned.text, planned.due_at, planned.zone, planned.state) == (words, due_at, zone, ScheduledState.PLANNED):
        return
    planned.text, planned.wall_time, planned.zone, planned.due_at = words, walltime.written(at), zone, due_at
    planned.state, planned.reason, planned.settled_at = ScheduledState.PLANNED, "", None
    _tell(EventKind.MESSAGE_PLANNED, planned, by=by)


def cancel(planned: ScheduledMessage, *, by: Viewer) -> None:
    """It will not be sent. Raises Conflict once it has gone."""
    locks.conversation(planned.conversation_id)
    if planned.state is ScheduledState.CANCELLED:
        return
    _guard(planned)
    planned.state, planned.settled_at = ScheduledState.CANCELLED, clock.now()
    _tell(EventKind.MESSAGE_UNPLANNED, planned, by=by)


def _guard(planned: ScheduledMessage) -> None:
    db.session.refresh(planned, with_for_update=True)
    if planned.state not in CHANGEABLE:
        raise Conflict("This message has gone out in the meantime, or was cancelled. It can not be changed any more.")


def _words(text: str) -> str:
    words = clean_text(text).strip()
    if not words:
        raise Invalid("The message is empty.")
    return words


def _moment(at: datetime, zone: str, now: datetime) -> datetime:
    due_at = walltime.moment(at, zone)
    if due_at <= now:
        raise Invalid("This time has passed. Choose one to come.")
    if due_at > now + FURTHEST:
        raise Invalid("Choose a time within a year from now.")
    return due_at


def _seconds(grace: timedelta) -> int:
    if not timedelta(0) < grace <= LONGEST_GRACE:
        raise Invalid("A message may go out up to a day late, not more.")
    return int(grace.total_seconds())


def _tell(kind: EventKind, planned: ScheduledMessage, *, by: Viewer) -> None:
    at = walltime.written(walltime.on_the_wall(planned.due_at, planned.zone))
    events.record(kind, planned.ticket, by=Actor.of(by), at=at, zone=planned.zone)
