"""How much of everything waits, for those who watch the desk from outside. Read at one moment, nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.models import (
    Attachment,
    AttachmentState,
    Category,
    Consumer,
    Counter,
    Heartbeat,
    Inbox,
    Ledger,
    LedgerState,
    Outbox,
    OutboxState,
    Ticket,
)

# What grows for ever is not counted row by row each time: finished webhooks and sent messages are left out.
UNDONE = (LedgerState.NEW, LedgerState.PARTLY, LedgerState.QUARANTINED, LedgerState.UNMATCHED)
UNSETTLED = (
    OutboxState.QUEUED,
    OutboxState.CLAIMED,
    OutboxState.CALLING,
    OutboxState.UNKNOWN,
    OutboxState.REVIEW,
)


@dataclass(frozen=True)
class Figures:
    """Numbers of rows, and ages in seconds (0 when nothing waits)."""

    ledger: Mapping[tuple[str, ...], int]  # (channel, state): webhooks not or not wholly applied
    ledger_oldest: float
    outbox: Mapping[str, int]  # state: messages not sent, and failed ones
    outbox_oldest: float
    inboxes: Mapping[tuple[str, ...], int]  # (channel, state)
    tickets: int  # not closed
    waiting_oldest: float
    media_pending: int
    heartbeats: Mapping[str, float]  # process: age of its last sign of life
    events: int  # everything that has happened
    lags: Mapping[str, int]  # consumer: events that it has not handled


def now() -> Figures:
    moment = clock.now()
    is_open = Ticket.category != Category.CLOSED
    events = db.session.scalar(sa.select(Counter.value).where(Counter.name == "event")) or 0
    return Figures(
        ledger=_grouped(Ledger.channel, Ledger.state, Ledger.state.in_(UNDONE)),
        ledger_oldest=_age(Ledger.received_at, Ledger.state == LedgerState.NEW, moment),
        outbox=_outbox(),
        outbox_oldest=_age(Outbox.queued_at, Outbox.state.in_(UNSETTLED), moment),
        inboxes=_grouped(Inbox.channel, Inbox.state, Inbox.removed_at.is_(None)),
        tickets=_number(Ticket.id, is_open),
        waiting_oldest=_age(Ticket.waiting_since, is_open, moment),
        media_pending=_number(Attachment.id, Attachment.state == AttachmentState.PENDING),
        heartbeats={
            name: _seconds(at, moment) for name, at in db.session.execute(sa.select(Heartbeat.name, Heartbeat.at))
        },
        events=events,
        lags={name: max(events - seq, 0) for name, seq in db.session.execute(sa.select(Consumer.name, Consumer.seq))},
    )


def _outbox() -> dict[str, int]:
    states = (*UNSETTLED, OutboxState.FAILED)
    found = sa.select(Outbox.state, sa.func.count()).where(Outbox.state.in_(states)).group_by(Outbox.state)
    return {state.value: 0 for state in states} | {state.value: count for state, count in db.session.execute(found)}


def _grouped(first: Any, second: Any, condition: sa.ColumnElement[bool]) -> dict[tuple[str, ...], int]:
    found = sa.select(first, second, sa.func.count()).where(condition).group_by(first, second)
    return {(channel, state.value): number for channel, state, number in db.session.execute(found)}


def _number(column: Any, condition: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count(column)).where(condition)) or 0


def _age(column: Any, condition: sa.ColumnElement[bool], moment: datetime) -> float:
    """Of the oldest that fits."""
    return _seconds(db.session.scalar(sa.select(sa.func.min(column)).where(condition)), moment)


def _seconds(at: datetime | None, moment: datetime) -> float:
    return max((moment - at).total_seconds(), 0.0) if at else 0.0
