"""The outbox as owners read it: its rows by state, inbox and age, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk import clock
from helpdesk.db import db
from helpdesk.models import Conversation, Message, Outbox, OutboxState

# What is not over, and what needs somebody.
OPEN = (
    OutboxState.QUEUED,
    OutboxState.CLAIMED,
    OutboxState.CALLING,
    OutboxState.UNKNOWN,
    OutboxState.REVIEW,
    OutboxState.FAILED,
)


@dataclass(frozen=True)
class OutboxFilter:
    """`states`: at least one. `older_than`: since somebody wanted it sent."""

    states: Sequence[OutboxState] = OPEN
    inbox_id: int | None = None
    older_than: timedelta | None = None


def listing(chosen: OutboxFilter, *, before: int | None = None, limit: int) -> Sequence[Outbox]:
    """Rows with what a page shows of them; `before` is the id of the last row of the page above."""
    found = sa.select(Outbox).where(Outbox.state.in_(chosen.states)).order_by(Outbox.id.desc()).limit(limit)
    if chosen.inbox_id is not None:
        found = found.where(Outbox.inbox_id == chosen.inbox_id)
    if chosen.older_than is not None:
        found = found.where(Outbox.queued_at < clock.now() - chosen.older_than)
    if before is not None:
        found = found.where(Outbox.id < before)
    found = found.options(
        joinedload(Outbox.message).joinedload(Message.ticket),
        joinedload(Outbox.message).selectinload(Message.attachments),
        joinedload(Outbox.conversation).joinedload(Conversation.identity),
        joinedload(Outbox.conversation).joinedload(Conversation.inbox),
        selectinload(Outbox.calls),
    )
    return db.session.execute(found).unique().scalars().all()
