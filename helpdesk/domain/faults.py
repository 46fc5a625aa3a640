"""What a fault may leave behind in tickets and in the ledger, found by comparing rows, and mended by the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import amendments, ledger, locks, waits
from helpdesk.models import Category, Direction, Ledger, LedgerState, Message, Ticket, Wait, WaitOutcome

TAKES = timedelta(minutes=2)  # in which a webhook is worked on at the latest while a worker lives
UNUSED = (LedgerState.PARTLY, LedgerState.QUARANTINED)


def stuck_webhooks() -> Sequence[int]:
    """Numbers of those that nobody works on: their lease is over, or they were never taken up."""
    now = clock.now()
    is_over = sa.and_(Ledger.lease_until.is_not(None), Ledger.lease_until < now)
    is_old = sa.and_(Ledger.lease_until.is_(None), Ledger.received_at < now - TAKES)
    found = sa.select(Ledger.id).where(Ledger.state == LedgerState.NEW, sa.or_(is_over, is_old))
    return db.session.execute(found.order_by(Ledger.id)).scalars().all()


def unused_webhooks() -> Sequence[int]:
    """Numbers of those that could not be used, or not wholly."""
    found = sa.select(Ledger.id).where(Ledger.state.in_(UNUSED)).order_by(Ledger.id)
    return db.session.execute(found).scalars().all()


def put_through(ids: Sequence[int]) -> int:
    """Puts them through intake again, with all their tries."""
    return ledger.renew(Ledger.id.in_(ids)) if ids else 0


def wrong_waits() -> Sequence[int]:
    """Ids of tickets that show a wait other than their open one, or are closed and still wait."""
    is_open = sa.and_(Wait.ticket_id == Ticket.id, Wait.ended_at.is_(None))
    differs = Ticket.waiting_since.is_distinct_from(Wait.opened_at)
    is_over = sa.and_(Ticket.category == Category.CLOSED, Wait.id.is_not(None))
    found = sa.select(Ticket.id).outerjoin(Wait, is_open).where(sa.or_(differs, is_over))
    return db.session.execute(found.order_by(Ticket.id)).scalars().all()


def mend_wait(id: int) -> None:
    """The wait's own row is right; of a closed ticket it ended when that was closed."""
    ticket = _held(id)
    if ticket.is_closed:
        waits.ended(ticket, WaitOutcome.CLOSED_WITHOUT_REPLY, at=ticket.closed_at or clock.now())
    wait = waits.current(ticket)
    ticket.waiting_since = wait.opened_at if wait else None


def wrong_newest() -> Sequence[int]:
    """Ids of tickets whose row in the queue does not show their newest message."""
    newest = (
        sa.select(Message.id)
        .where(Message.ticket_id == Ticket.id, Message.direction != Direction.NOTE)
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = sa.select(Ticket.id).where(Ticket.last_message_id.is_distinct_from(newest)).order_by(Ticket.id)
    return db.session.execute(found).scalars().all()


def mend_newest(id: int) -> None:
    amendments.show_newest(_held(id))


def _held(id: int) -> Ticket:
    found = db.session.get_one(Ticket, id)
    locks.conversation(found.conversation_id)
    return found
