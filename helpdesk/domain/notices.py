"""What the database knows of the desk's troubles: accounts that are refused, silence, webhooks to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import clock_guard, silence
from helpdesk.domain.silence import Silent
from helpdesk.models import Inbox, InboxState, Ledger, LedgerState, Setting


@dataclass(frozen=True)
class Refused:
    """An account that the platform refuses: nothing is sent through it."""

    inbox_id: int
    name: str
    channel: str
    is_suspended: bool
    reason: str


@dataclass(frozen=True)
class Notices:
    refused: Sequence[Refused] = ()
    silent: Sequence[Silent] = ()
    unread: int = 0  # webhooks in quarantine
    partly: int = 0  # webhooks of which some items could not be used
    clock_held: datetime | str | None = None  # since when
    clock_apart: float = 0.0  # seconds


def now() -> Notices:
    held = db.session.get(Setting, clock_guard.HELD)
    states = (LedgerState.QUARANTINED, LedgerState.PARTLY)
    found = sa.select(Ledger.state, sa.func.count()).where(Ledger.state.in_(states)).group_by(Ledger.state)
    counts = {LedgerState(state): number for state, number in db.session.execute(found)}
    return Notices(
        refused=_refused(),
        silent=silence.now_silent(),
        unread=counts.get(LedgerState.QUARANTINED, 0),
        partly=counts.get(LedgerState.PARTLY, 0),
        clock_held=held.value.get("since", "") if held else None,
        clock_apart=float(held.value.get("apart_seconds") or 0) if held else 0.0,
    )


def _refused() -> list[Refused]:
    found = sa.select(Inbox).where(Inbox.removed_at.is_(None), Inbox.state != InboxState.WORKING).order_by(Inbox.name)
    return [
        Refused(inbox.id, inbox.name, inbox.channel, inbox.state is InboxState.SUSPENDED, inbox.state_reason)
        for inbox in db.session.execute(found).scalars()
    ]
