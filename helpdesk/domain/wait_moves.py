"""What becomes of waits when messages change tickets. What was answered stays on record as it was; what stands in its
ticket without an answer waits there, since it was written: nobody waits twice, and nobody is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import waits
from helpdesk.models import AuthorKind, Direction, Message, MessageStatus, Ticket, Wait, WaitOutcome

ARRIVED = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)


def moved(messages: Sequence[Message], *, source: Ticket, target: Ticket) -> None:
    """These messages stand in `target` by now. A wait goes where both its first message and its answer went."""
    answers = sorted((one for one in messages if _is_answer(one)), key=lambda one: one.sent_at or one.at)
    for answer in answers:
        _follow(answer, messages, source, target)
    running = waits.current(source)
    freed = _shortened(running, source)
    _begin(target, [one for one in messages if _is_unanswered(one, target)], like=running, freed=freed)
    for answer in answers:
        _answer(target, answer)
    _show(source, target)


def joined(ticket: Ticket, *, into: Ticket, at: datetime) -> Wait | None:
    """Both are one request now, and the customer waits since the earlier time. Answers the wait that `ticket` had."""
    theirs, ours = waits.current(ticket), waits.current(into)
    if theirs is not None and ours is not None:
        _end(max(theirs, ours, key=lambda wait: (wait.opened_at, wait.id)), into, at=at)
    if theirs is not None and theirs.ended_at is None:
        theirs.ticket_id = into.id
    _show(ticket, into)
    return theirs


def parted(ticket: Ticket, *, into: Ticket, wait: Wait | None, at: datetime) -> None:
    """They are two again: what became one at `at` is two waits again, if it has not ended meanwhile. `wait` is the one
    that `ticket` had."""
    joint = waits.current(into)
    if joint is None:
        return
    if wait is None:
        _hand_over(joint, ticket, into)
    elif wait is not joint:
        _reopen(wait, ticket)
    else:
        wait.ticket_id = ticket.id
        db.session.flush()
        ours = sa.select(Wait).where(Wait.ticket_id == into.id, Wait.outcome == WaitOutcome.MERGED, Wait.ended_at == at)
        own = db.session.execute(ours).scalar_one_or_none()
        if own is not None:
            _reopen(own, into)
        else:
            _begin(into, [one for one in _inbound(into, since=at) if _is_unanswered(one, into)], like=wait)
    _show(ticket, into)


def _hand_over(joint: Wait, ticket: Ticket, into: Ticket) -> None:
    """What has begun since goes where its messages went."""
    left = _inbound(into, since=joint.received_at)
    if left:
        _start(joint, left[0])
    else:
        joint.ticket_id = ticket.id
        db.session.flush()


def _follow(answer: Message, moved: Sequence[Message], source: Ticket, target: Ticket) -> None:
    """The wait that this answer ended goes along with it, or begins again when what it began with stays without."""
    ended = sa.select(Wait).where(
        Wait.ticket_id == source.id,
        Wait.outcome == WaitOutcome.REPLIED,
        Wait.ended_at.in_((answer.sent_at, answer.at)),
    )
    wait = db.session.execute(ended.limit(1)).scalar()
    if wait is None:
        return
    if any(one.is_inbound and one.received_at == wait.received_at for one in moved):
        wait.ticket_id = target.id
        db.session.flush()
        return
    left = [one for one in _inbound(source, since=wait.received_at) if one.received_at == wait.received_at]
    if not left or not _is_unanswered(left[0], source):
        return
    running = waits.current(source)
    if running is None:
        _reopen(wait, source)
    else:
        _start(running, left[0])
        _end(wait, source)
        wait.replier_id = None


def _shortened(running: Wait | None, source: Ticket) -> Wait | None:
    """The open wait begins with the first message that is left of it. Answers it when nothing is."""
    if running is None:
        return None
    left = [one for one in _inbound(source, since=running.received_at) if _is_unanswered(one, source)]
    if not left:
        return running
    _start(running, left[0])
    return None


def _begin(target: Ticket, unanswered: Sequence[Message], *, like: Wait | None, freed: Wait | None = None) -> None:
    """The customer waits in `target` since the first of these. `freed`: a wait that has no message any more."""
    first = min(unanswered, key=lambda one: (one.received_at, one.id), default=None)
    running = waits.current(target)
    if freed is not None and (first is None or running is not None):
        _end(freed, target)
    if first is None:
        return
    if running is not None:
        if first.received_at < running.received_at:
            _start(running, first)
        return
    if freed is not None:
        freed.kind, freed.ticket_id = waits.kind(target), target.id
        _start(freed, first)
        return
    waits.opened(target, first)
    begun = waits.current(target)
    if begun is not None and like is not None:
        begun.assignee_at_open, begun.team_at_open = like.assignee_at_open, like.team_at_open
        db.session.flush()


def _answer(target: Ticket, answer: Message) -> None:
    """An answer that came along ends what waited for it in its new place."""
    running = waits.current(target)
    if running is None:
        return
    if answer.author_kind is AuthorKind.APP and answer.agent_id is None:
        waits.replied_outside(target, at=answer.at)
    elif running.received_at <= answer.received_at:
        at = answer.sent_at or answer.at
        waits.replied(target, written_at=answer.received_at, at=at, replier_id=answer.agent_id)


def _is_unanswered(message: Message, ticket: Ticket) -> bool:
    """A customer's message after which nobody has answered in this ticket."""
    if not message.is_inbound or message.deleted_at or message.is_standby:
        return False
    is_app = Message.author_kind == AuthorKind.APP
    later = sa.or_(
        sa.and_(is_app, Message.at >= message.at), sa.and_(~is_app, Message.received_at >= message.received_at)
    )
    answered = sa.select(Message.id).where(
        Message.ticket_id == ticket.id,
        Message.direction == Direction.OUTBOUND,
        Message.sent_at.is_not(None),
        Message.status.in_(ARRIVED),
        later,
    )
    return db.session.execute(answered.limit(1)).first() is None


def _is_answer(message: Message) -> bool:
    return message.direction is Direction.OUTBOUND and message.sent_at is not None and message.status in ARRIVED


def _inbound(ticket: Ticket, *, since: datetime) -> Sequence[Message]:
    found = waits.inbound(ticket).where(Message.received_at >= since)
    return db.session.execute(found.order_by(Message.received_at, Message.id)).scalars().all()


def _start(wait: Wait, message: Message) -> None:
    wait.opened_at, wait.received_at = message.at, message.received_at
    db.session.flush()


def _end(wait: Wait, ticket: Ticket, *, at: datetime | None = None) -> None:
    """It is part of another one from now on."""
    wait.outcome, wait.ended_at = WaitOutcome.MERGED, at or clock.now()
    wait.assignee_at_end, wait.team_at_end = ticket.assignee_id, ticket.team_id
    db.session.flush()


def _reopen(wait: Wait, ticket: Ticket) -> None:
    wait.ticket_id, wait.outcome, wait.ended_at = ticket.id, None, None
    wait.replier_id, wait.is_outside, wait.assignee_at_end, wait.team_at_end = None, False, None, None
    db.session.flush()


def _show(*tickets: Ticket) -> None:
    """The queue sorts by what the tickets say of their waits."""
    db.session.flush()
    for ticket in tickets:
        wait = waits.current(ticket)
        ticket.waiting_since = wait.opened_at if wait is not None else None
    db.session.flush()
