"""What a desk that was restored from a back-up must be told: others have seen what came after it, the desk has not."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from helpdesk.domain import clock_guard, outbox
from helpdesk.models import (
    HOLDING,
    Message,
    MessageStatus,
    Outbox,
    OutboxState,
    ScheduledMessage,
    ScheduledState,
    Session,
    Setting,
)

OVERDUE = "The desk was restored after its time had come, so it may have been sent. Look before you send it."


def statements(dialect: sa.Dialect) -> list[str]:
    """SQL for the transaction that restores, in this order; written down with the back-up, since it speaks of the
    tables as they were then. What waited to be sent may have been sent since: people decide, or its echo does. Sessions
    end, since some of them may have been ended since."""
    literally = {"literal_binds": True}
    return [str(one.compile(dialect=dialect, compile_kwargs=literally)) for one in _statements()]


def _statements() -> Sequence[sa.UpdateBase]:
    is_open = Outbox.state.in_((OutboxState.QUEUED, *HOLDING))
    messages = sa.select(Outbox.message_id).where(is_open)
    is_overdue = sa.and_(ScheduledMessage.state == ScheduledState.PLANNED, ScheduledMessage.due_at <= sa.func.now())
    return (
        sa.update(Message)
        .where(Message.id.in_(messages))
        .values(status=MessageStatus.UNCERTAIN, status_reason=outbox.MAY_HAVE_ARRIVED),
        sa.update(Outbox).where(is_open).values(state=OutboxState.REVIEW, lease_until=None, token=""),
        sa.update(ScheduledMessage).where(is_overdue).values(state=ScheduledState.PARKED, reason=OVERDUE),
        sa.update(Session).where(Session.ended_at.is_(None)).values(ended_at=sa.func.now()),
        sa.delete(Setting).where(Setting.name.in_((clock_guard.HELD, clock_guard.AHEAD))),
    )
