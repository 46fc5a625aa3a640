"""Changes that came before the message they change wait here, and are applied in the transaction that stores it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import changed, db
from helpdesk.domain import tallies
from helpdesk.models import Inbox, Message, PendingChange

KEPT = timedelta(days=7)


def keep(inbox: Inbox, platform_id: str, kind: str, value: dict[str, Any], at: datetime) -> None:
    """Remembers one change; the same one again adds nothing."""
    known = sa.select(PendingChange.id).where(
        PendingChange.inbox_id == inbox.id,
        PendingChange.platform_id == platform_id,
        PendingChange.kind == kind,
        PendingChange.at == at,
    )
    if db.session.execute(known.limit(1)).first() is None:
        db.session.add(
            PendingChange(
                inbox_id=inbox.id, platform_id=platform_id, kind=kind, value=value, at=at, created_at=clock.now()
            )
        )


def waiting_for(message: Message) -> Sequence[PendingChange]:
    """What came before this message, in the order of the platform's time."""
    waiting = sa.select(PendingChange).where(
        PendingChange.inbox_id == message.inbox_id, PendingChange.platform_id == message.platform_id
    )
    with db.session.no_autoflush:  # they came with earlier items
        return db.session.execute(waiting.order_by(PendingChange.at, PendingChange.id)).scalars().all()


def drop_old() -> int:
    """Forgets changes whose message has not come for 7 days, and counts them. Answers how many."""
    dropped = changed(sa.delete(PendingChange).where(PendingChange.created_at < clock.now() - KEPT))
    if dropped:
        tallies.add({tallies.key("pending_changes_dropped", {}): dropped})
    return dropped
