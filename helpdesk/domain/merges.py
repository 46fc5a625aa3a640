"""Two tickets that are one request: the one goes into the other, and can be taken out again while that makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import access, amendments, drafts, events, locks, tickets, wait_moves
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import (
    Agent,
    Category,
    Direction,
    EventKind,
    Merge,
    MergedMessage,
    MergedTag,
    Message,
    MessageStatus,
    ScheduledMessage,
    ScheduledState,
    Ticket,
    TicketTag,
    Wait,
)


def merge(ticket: Ticket, *, into: Ticket, by: Agent) -> Merge:
    """`ticket` becomes part of `into`, the survivor: messages, notes, tags, planned messages, drafts and the customer's
    wait go along, and its number leads there. Raises Invalid or Conflict with what stands in the way."""
    locks.conversations((ticket.conversation_id, into.conversation_id))
    db.session.refresh(ticket)
    db.session.refresh(into)
    problem = obstacle(ticket, into=into)
    if problem:
        raise Invalid(problem)
    at = clock.now()
    wait = wait_moves.joined(ticket, into=into, at=at)
    row = _remembered(ticket, into, wait, at=at, by=by)
    _take_messages(row, ticket, into)
    _take_tags(row, ticket, into)
    drafts.gone_into(ticket, into)
    _stand(ticket, into, at=at)
    for one in (ticket, into):
        amendments.show_newest(one)
    events.record(EventKind.TICKET_MERGED, ticket, by=Actor.of(by), into=into.number)
    events.record(EventKind.TICKET_MERGED, into, by=Actor.of(by), merged=ticket.number)
    return row


def obstacle(ticket: Ticket, *, into: Ticket) -> str:
    """Why these two cannot be merged, as a sentence; "" when they can."""
    if ticket.id == into.id:
        return "A ticket cannot be merged into itself."
    for one in (ticket, into):
        if one.is_merged:
            return f"Ticket {one.number} was merged into {tickets.survivor(one).number} already."
        if one.is_request:
            return f"Ticket {one.number} is a message request: accept it first."
    if ticket.conversation_id != into.conversation_id:
        if ticket.conversation.identity.contact_id != into.conversation.identity.contact_id:
            return f"Tickets {ticket.number} and {into.number} are of two customers. Link them instead."
        return (
            f"Tickets {ticket.number} and {into.number} came through two inboxes, and an answer can only go through one"
            " of them. Link them instead."
        )
    return ""


def candidates(ticket: Ticket, *, by: Agent) -> Sequence[Ticket]:
    """Tickets of the same conversation with which it could be merged, newest first."""
    found = access.tickets(by).where(
        Ticket.conversation_id == ticket.conversation_id,
        Ticket.id != ticket.id,
        Ticket.merged_into_id.is_(None),
        Ticket.category != Category.REQUEST,
    )
    return db.session.execute(found.order_by(Ticket.id.desc()).limit(20)).scalars().all()


def preview(ticket: Ticket, *, into: Ticket) -> list[str]:
    """What merging will do, sentence by sentence."""
    count = sa.select(sa.func.count()).where(Message.ticket_id == ticket.id)
    moving = db.session.execute(count).scalar_one()
    words = "1 message or note moves" if moving == 1 else f"{moving} messages and notes move"
    told = [f"{words} from ticket {ticket.number} to ticket {into.number}."]
    new = sorted({tag.name for tag in ticket.tags} - {tag.name for tag in into.tags})
    if new:
        told.append(f"Ticket {into.number} gets the tags {', '.join(new)}.")
    planned = db.session.execute(sa.select(sa.func.count()).where(*_planned(ticket))).scalar_one()
    if planned:
        told.append(f"{planned} planned {'message goes' if planned == 1 else 'messages go'} along and will be sent.")
    since = [one.waiting_since for one in (ticket, into) if one.waiting_since is not None]
    if since:
        told.append(f"The customer waits for one answer, since {min(since):%d %B, %H:%M} UTC.")
    if into.is_closed and not ticket.is_closed:
        told.append(f"Ticket {into.number} is closed, and is opened again.")
    told.append(_in_whose_hands(into))
    told.append(f"Ticket {ticket.number} is closed, and its number leads to ticket {into.number}.")
    return told


def undo(row: Merge, *, by: Agent) -> None:
    """Takes the two apart again: each as it was, with its own messages, tags and wait. Raises Conflict with what makes
    it impossible."""
    ticket, into = db.session.get_one(Ticket, row.ticket_id), db.session.get_one(Ticket, row.into_id)
    locks.conversations((ticket.conversation_id, into.conversation_id))
    for one in (row, ticket, into):
        db.session.refresh(one)
    problem = hindrance(row)
    if problem:
        raise Conflict(problem)
    row.undone_at = clock.now()
    wait = db.session.get(Wait, row.wait_id) if row.wait_id else None
    _give_back_messages(row, ticket, into)
    _give_back_tags(row, into)
    _stand_as_before(row, ticket, into)
    wait_moves.parted(ticket, into=into, wait=wait, at=row.at)
    for one in (ticket, into):
        amendments.show_newest(one)
    events.record(EventKind.TICKET_UNMERGED, ticket, by=Actor.of(by), into=into.number)
    events.record(EventKind.TICKET_UNMERGED, into, by=Actor.of(by), merged=ticket.number)


def hindrance(row: Merge) -> str:
    """Why a merge cannot be undone (any more), as a sentence; "" when it can."""
    ticket, into = db.session.get_one(Ticket, row.ticket_id), db.session.get_one(Ticket, row.into_id)
    if row.undone_at is not None:
        return "This merge was undone already."
    if into.is_merged:
        return f"Ticket {into.number} was itself merged into {tickets.survivor(into).number} since: undo that first."
    if into.is_closed and (row.into_category is not Category.CLOSED or row.category is not Category.CLOSED):
        return f"Ticket {into.number} was closed since, and both requests with it."
    if _answered_since(row):
        return f"Ticket {into.number} was answered since: the answer belongs to both."
    elsewhere = _elsewhere(row)
    if elsewhere is not None:
        return f"Messages of ticket {ticket.number} were moved to ticket {elsewhere} since: move them back first."
    if row.category is not Category.CLOSED and ticket.split_from is None:
        current = tickets.main(ticket.conversation)
        if current is not None and current.id != into.id:
            return f"The conversation goes on in ticket {current.number}, and there is one open ticket at a time."
    return ""


def of(ticket: Ticket) -> Sequence[tuple[Merge, Ticket]]:
    """What was merged into this ticket and still is, newest first: the merge and the ticket that went."""
    found = (
        sa.select(Merge, Ticket)
        .join(Ticket, Ticket.id == Merge.ticket_id)
        .where(Merge.into_id == ticket.id, Merge.undone_at.is_(None))
    )
    return [(row, went) for row, went in db.session.execute(found.order_by(Merge.id.desc()))]


def last(ticket: Ticket) -> Merge | None:
    """The merge in which this ticket went, if it has not been undone."""
    found = sa.select(Merge).where(Merge.ticket_id == ticket.id, Merge.undone_at.is_(None))
    return db.session.execute(found.order_by(Merge.id.desc()).limit(1)).scalar()


def _remembered(ticket: Ticket, into: Ticket, wait: Wait | None, *, at: datetime, by: Agent) -> Merge:
    row = Merge(
        ticket_id=ticket.id,
        into_id=into.id,
        agent_id=by.id,
        at=at,
        category=ticket.category,
        status=ticket.status,
        closed_at=ticket.closed_at,
        snoozed_until=ticket.snoozed_until,
        into_category=into.category,
        into_status=into.status,
        into_closed_at=into.closed_at,
        into_opened_at=into.opened_at,
        into_split_from=into.split_from,
        wait_id=wait.id if wait is not None else None,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _take_messages(row: Merge, ticket: Ticket, into: Ticket) -> None:
    own = sa.select(sa.literal(row.id), Message.id).where(Message.ticket_id == ticket.id)
    db.session.execute(sa.insert(MergedMessage).from_select(["merge_id", "message_id"], own))
    db.session.execute(sa.update(Message).where(Message.ticket_id == ticket.id).values(ticket_id=into.id))
    db.session.execute(sa.update(ScheduledMessage).where(*_planned(ticket)).values(ticket_id=into.id))
    db.session.expire_all()


def _planned(ticket: Ticket) -> tuple[sa.ColumnElement[bool], ...]:
    return ScheduledMessage.ticket_id == ticket.id, ScheduledMessage.state == ScheduledState.PLANNED


def _take_tags(row: Merge, ticket: Ticket, into: Ticket) -> None:
    for tag in ticket.tags:
        if tag not in into.tags:
            into.tags.append(tag)
            db.session.add(MergedTag(merge_id=row.id, tag_id=tag.id))
    db.session.flush()


def _stand(ticket: Ticket, into: Ticket, *, at: datetime) -> None:
    """The survivor is unclosed when either was, and the main one when either was. Flushed one by one: in between there
    must not be two main ones."""
    was = ticket.category, ticket.status, ticket.snoozed_until
    is_open, is_main = not ticket.is_closed, not ticket.is_closed and ticket.split_from is None
    ticket.merged_into_id, ticket.closed_at = into.id, ticket.closed_at or at
    ticket.category, ticket.status, ticket.snoozed_until = Category.CLOSED, Category.CLOSED.value, None
    db.session.flush()
    if into.is_closed and is_open:
        into.category, into.status, into.snoozed_until = was
        into.closed_at, into.opened_at = None, ticket.opened_at
    if into.waiting_since is not None and into.category in (Category.WAITING, Category.SNOOZED):
        into.category, into.status, into.snoozed_until = Category.OPEN, Category.OPEN.value, None
    if is_main:
        into.split_from = None
    db.session.flush()


def _answered_since(row: Merge) -> bool:
    answers = sa.select(Message.id).where(
        Message.ticket_id == row.into_id,
        Message.direction == Direction.OUTBOUND,
        Message.created_at > row.at,
        Message.status.not_in((MessageStatus.FAILED, MessageStatus.CANCELLED)),
    )
    return db.session.execute(answers.limit(1)).first() is not None


def _elsewhere(row: Merge) -> int | None:
    """The number of a ticket to which a message that came along has moved on."""
    found = (
        sa.select(Ticket.number)
        .join(Message, Message.ticket_id == Ticket.id)
        .join(MergedMessage, MergedMessage.message_id == Message.id)
        .where(MergedMessage.merge_id == row.id, Message.ticket_id != row.into_id)
    )
    return db.session.execute(found.limit(1)).scalar()


def _give_back_messages(row: Merge, ticket: Ticket, into: Ticket) -> None:
    """Its own, and what has come since when it was the conversation's open ticket: that would have gone there."""
    theirs: sa.ColumnElement[bool] = Message.id.in_(
        sa.select(MergedMessage.message_id).where(MergedMessage.merge_id == row.id)
    )
    if row.category is not Category.CLOSED and ticket.split_from is None:
        theirs = sa.or_(theirs, sa.and_(Message.ticket_id == into.id, Message.created_at > row.at))
    db.session.execute(
        sa.update(Message).where(theirs).values(ticket_id=ticket.id).execution_options(synchronize_session=False)
    )
    db.session.expire_all()


def _give_back_tags(row: Merge, into: Ticket) -> None:
    came = sa.select(MergedTag.tag_id).where(MergedTag.merge_id == row.id)
    db.session.execute(
        sa.delete(TicketTag)
        .where(TicketTag.ticket_id == into.id, TicketTag.tag_id.in_(came))
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()


def _stand_as_before(row: Merge, ticket: Ticket, into: Ticket) -> None:
    """First the survivor, then the one that went: there must not be two main ones in between."""
    if row.into_category is Category.CLOSED:
        into.category, into.status, into.closed_at = row.into_category, row.into_status, row.into_closed_at
        into.opened_at, into.snoozed_until = row.into_opened_at, None
    into.split_from = row.into_split_from
    db.session.flush()
    is_over = row.category is Category.SNOOZED and (row.snoozed_until is None or row.snoozed_until <= clock.now())
    ticket.category = Category.OPEN if is_over else row.category
    ticket.status = Category.OPEN.value if is_over else row.status
    ticket.snoozed_until = None if is_over else row.snoozed_until
    ticket.closed_at, ticket.merged_into_id = row.closed_at, None
    db.session.flush()


def _in_whose_hands(into: Ticket) -> str:
    who = f"{into.assignee.name} looks after it" if into.assignee else "nobody looks after it yet"
    return f"The survivor is ticket {into.number} in the team {into.team.name}; {who}."
