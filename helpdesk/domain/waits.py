"""Waits: every stretch in which a customer waits for us is a row that opens once and ends by exactly one outcome."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Direction, Message, Ticket, Wait, WaitKind, WaitOutcome


def opened(ticket: Ticket, message: Message) -> None:
    """A customer's message that no human reply has answered. One that arrives during an open wait changes nothing."""
    if current(ticket) is not None:
        return
    wait = Wait(
        ticket_id=ticket.id,
        kind=kind(ticket),
        opened_at=message.at,
        received_at=message.received_at,
        assignee_at_open=ticket.assignee_id,
        team_at_open=ticket.team_id,
    )
    db.session.add(wait)
    ticket.waiting_since = message.at
    db.session.flush()


def replied(ticket: Ticket, *, written_at: datetime, at: datetime, replier_id: int | None) -> None:
    """A human reply, written at `written_at` and accepted by the platform at `at`, ends the wait: it answers what had
    reached us before it was written. When the ticket was closed in between, the wait ended with this reply."""
    wait = _answered_by(ticket, written_at)
    if wait is None:
        return
    wait.replier_id = replier_id
    if wait.ended_at is not None:
        wait.outcome, wait.ended_at = WaitOutcome.REPLIED, at
        return
    _end(ticket, wait, WaitOutcome.REPLIED, at)
    _go_on(ticket, inbound(ticket).where(Message.received_at > written_at))


def replied_outside(ticket: Ticket, *, at: datetime) -> None:
    """A reply from the platform's own app, at the platform's time: we may hear of it late, and it answers what was
    written before it all the same, and nothing else."""
    wait = current(ticket)
    if wait is None or wait.opened_at > at:
        return
    wait.is_outside = True
    _end(ticket, wait, WaitOutcome.REPLIED, at)
    _go_on(ticket, inbound(ticket).where(Message.at > at))


def recredit(ticket: Ticket, *, at: datetime, replier_id: int | None) -> None:
    """The reply that ended a wait at `at` was taken for one from the app, and was an agent's."""
    credit(ticket, at=at, replier_id=replier_id, is_outside=False)


def credit(ticket: Ticket, *, at: datetime, replier_id: int | None, is_outside: bool) -> None:
    """To whose credit the wait is that a reply from the app ended at `at`: nobody's of the desk while `is_outside`."""
    db.session.execute(
        sa.update(Wait)
        .where(Wait.ticket_id == ticket.id, Wait.outcome == WaitOutcome.REPLIED, Wait.ended_at == at)
        .values(replier_id=replier_id, is_outside=is_outside)
    )


def ended(ticket: Ticket, outcome: WaitOutcome, *, at: datetime) -> None:
    """The wait ends without a reply."""
    wait = current(ticket)
    if wait is not None:
        _end(ticket, wait, outcome, at)


def taken_up_again(ticket: Ticket, *, ended_at: datetime) -> None:
    """The closing that ended the wait at that time was a mistake: it goes on as if nothing had happened."""
    ended = sa.select(Wait).where(Wait.ticket_id == ticket.id, Wait.ended_at == ended_at)
    wait = db.session.execute(ended.where(Wait.outcome == WaitOutcome.CLOSED_WITHOUT_REPLY)).scalar_one_or_none()
    if wait is None or current(ticket) is not None:
        return
    wait.outcome, wait.ended_at, wait.assignee_at_end, wait.team_at_end = None, None, None, None
    ticket.waiting_since = wait.opened_at
    db.session.flush()


def withdrawn(ticket: Ticket, *, at: datetime) -> None:
    """The customer unsent a message: the wait ends when nothing of it is left."""
    wait = current(ticket)
    if wait is None:
        return
    left = inbound(ticket).where(Message.received_at >= wait.received_at)
    if db.session.execute(left.limit(1)).first() is None:
        _end(ticket, wait, WaitOutcome.WITHDRAWN, at)


def current(ticket: Ticket) -> Wait | None:
    """The open one, if there is one."""
    found = sa.select(Wait).where(Wait.ticket_id == ticket.id, Wait.ended_at.is_(None))
    with db.session.no_autoflush:  # waits are written at once; the ticket's own row can wait for its last change
        return db.session.execute(found).scalar_one_or_none()


def _answered_by(ticket: Ticket, written_at: datetime) -> Wait | None:
    """The wait in which a reply was written, if it is open or was closed since."""
    was_closed = sa.and_(Wait.outcome == WaitOutcome.CLOSED_WITHOUT_REPLY, Wait.ended_at >= written_at)
    found = sa.select(Wait).where(Wait.ticket_id == ticket.id, Wait.received_at <= written_at)
    found = found.where(sa.or_(Wait.ended_at.is_(None), was_closed)).order_by(Wait.id.desc())
    return db.session.execute(found.limit(1)).scalar()


def _go_on(ticket: Ticket, unanswered: sa.Select[Message]) -> None:
    """The first message that the reply did not answer waits for another one."""
    first = db.session.execute(unanswered.order_by(Message.received_at, Message.id).limit(1)).scalar()
    if first is not None:
        opened(ticket, first)


def inbound(ticket: Ticket) -> sa.Select[Message]:
    """What the customer wrote to us and has not taken back."""
    return sa.select(Message).where(
        Message.ticket_id == ticket.id,
        Message.direction == Direction.INBOUND,
        Message.deleted_at.is_(None),
        Message.is_standby.is_(False),
    )


def kind(ticket: Ticket) -> WaitKind:
    """The first wait of a ticket or of a reopened period is its first response; all later ones are next responses."""
    earlier = sa.select(Wait.id).where(Wait.ticket_id == ticket.id, Wait.received_at >= ticket.opened_at)
    return WaitKind.FIRST if db.session.execute(earlier.limit(1)).first() is None else WaitKind.NEXT


def _end(ticket: Ticket, wait: Wait, outcome: WaitOutcome, at: datetime) -> None:
    wait.outcome = outcome
    wait.ended_at = at
    wait.assignee_at_end = ticket.assignee_id
    wait.team_at_end = ticket.team_id
    ticket.waiting_since = None
    db.session.flush()
