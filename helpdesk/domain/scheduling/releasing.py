"""When the time of a message has come: it goes into the outbox once, or is parked with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from helpdesk import clock, walltime
from helpdesk.db import changed, db
from helpdesk.domain import clock_guard, events, locks, messages
from helpdesk.errors import Invalid
from helpdesk.models import Conversation, EventKind, Message, ScheduledMessage, ScheduledState

WITH_ALL = (
    joinedload(ScheduledMessage.ticket, innerjoin=True),
    joinedload(ScheduledMessage.agent),
    joinedload(ScheduledMessage.token),
    joinedload(ScheduledMessage.conversation, innerjoin=True).joinedload(Conversation.inbox, innerjoin=True),
)


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on `scheduled_message`."""
    return sa.and_(ScheduledMessage.state == ScheduledState.PLANNED, ScheduledMessage.due_at <= now)


def due(*, limit: int) -> Sequence[int]:
    """Ids of those whose time has come, the longest due first; each wants `release` in a transaction of its own. None
    while the clock is not to be believed."""
    now = clock.now()
    if clock_guard.is_held():
        return []
    found = sa.select(ScheduledMessage.id).where(is_due(now))
    return db.session.execute(found.order_by(ScheduledMessage.due_at).limit(limit)).scalars().all()


def hold(ids: Sequence[int]) -> None:
    """Holds the conversations of all of them, before any is released in the same transaction."""
    found = sa.select(ScheduledMessage.conversation_id).where(ScheduledMessage.id.in_(ids))
    locks.conversations(db.session.execute(found).scalars())


def release(id: int) -> list[Message]:
    """Makes it a message in the outbox: once, however many workers try, and not before its time. One that is later
    than its grace, or that cannot be sent as things are, is parked. [] when there is nothing to do (any more)."""
    planned = _claimed(id)
    if planned is None:
        return []
    late = clock.now() - planned.due_at
    if late > timedelta(seconds=planned.grace):
        _park(planned, f"Nobody could send it at {_time(planned)}, and now it is {_long(late)} late.")
        return []
    if planned.token is not None and planned.token.revoked_at is not None:
        _park(planned, f"The token “{planned.token.name}”, which planned it, was revoked.")
        return []
    try:
        with events.savepoint():
            return messages.reply(
                planned.ticket,
                client_id=planned.message_client_id,
                text=planned.text,
                by=planned.writer,
            )
    except Invalid as problem:
        _park(planned, problem.sentence)
        return []


def park(id: int, *, reason: str) -> None:
    """Its time has come and it cannot go: people decide."""
    planned = _claimed(id)
    if planned is not None:
        _park(planned, reason)


def _claimed(id: int) -> ScheduledMessage | None:
    """The referee: of all who try, one changes the row."""
    conversation = sa.select(ScheduledMessage.conversation_id).where(ScheduledMessage.id == id)
    locks.conversations(db.session.execute(conversation).scalars())
    now = clock.now()  # before the guard is asked: a jump in between would make what is in time hours late
    if clock_guard.is_held():
        return None
    claimed = sa.update(ScheduledMessage).where(ScheduledMessage.id == id, is_due(now))
    claimed = claimed.values(state=ScheduledState.RELEASED, settled_at=now)
    if not changed(claimed.execution_options(synchronize_session=False)):
        return None
    return db.session.get_one(ScheduledMessage, id, populate_existing=True, options=WITH_ALL)


def _park(planned: ScheduledMessage, reason: str) -> None:
    planned.state, planned.reason = ScheduledState.PARKED, reason
    events.record(EventKind.MESSAGE_PARKED, planned.ticket, by=events.SYSTEM, at=_time(planned), reason=reason)


def _time(planned: ScheduledMessage) -> str:
    return walltime.written(walltime.on_the_wall(planned.due_at, planned.zone))


def _long(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
