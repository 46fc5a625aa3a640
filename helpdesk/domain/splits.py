"""Messages that belong to another request: moved into a new side ticket, or into one that is open beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import access, amendments, events, locks, mentions, tickets, wait_moves
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Agent, Category, Direction, EventKind, Message, Ticket, TicketRead

MOST = 50  # messages in one go
SHOWN = 50  # of a ticket, to choose from


def split(ticket: Ticket, ids: Sequence[int], *, by: Agent) -> Ticket:
    """Moves these messages of `ticket` into a new one beside it, in the same hands. What the customer writes next goes
    to the main one as before. Raises Invalid, also when nothing would be left."""
    messages = _movable(ticket, ids)
    beside = tickets.open_beside(ticket, first=messages[0])
    _move(messages, source=ticket, target=beside, by=by, is_new=True)
    _copy_reading(ticket, beside)
    return beside


def move(ticket: Ticket, ids: Sequence[int], *, to: Ticket, by: Agent) -> None:
    """Moves these messages of `ticket` into an unclosed one of the same conversation. Raises Invalid, and Conflict when
    that is closed by now."""
    if to.conversation_id != ticket.conversation_id or to.id == ticket.id:
        raise Invalid(f"Ticket {to.number} is not another ticket of this conversation.")
    messages = _movable(ticket, ids)
    db.session.refresh(to)
    if to.is_closed:
        raise Conflict(f"Ticket {to.number} is closed. Reopen it first, or choose another one.")
    _move(messages, source=ticket, target=to, by=by, is_new=False)


def beside(ticket: Ticket, *, by: Agent) -> Sequence[Ticket]:
    """The unclosed tickets of the conversation that could take messages, and that this person sees."""
    found = access.tickets(by).where(
        Ticket.conversation_id == ticket.conversation_id,
        Ticket.id != ticket.id,
        Ticket.category.not_in((Category.CLOSED, Category.REQUEST)),
    )
    return db.session.execute(found.order_by(Ticket.id)).scalars().all()


def choice(ticket: Ticket) -> Sequence[Message]:
    """The newest messages and notes of the ticket, oldest first: the first of each that went out in several parts."""
    found = sa.select(Message).where(Message.ticket_id == ticket.id, Message.part == 1)
    newest = found.order_by(Message.at.desc(), Message.id.desc()).limit(SHOWN)
    return list(reversed(db.session.execute(newest).scalars().all()))


def _movable(ticket: Ticket, ids: Sequence[int]) -> list[Message]:
    """The messages in their order, with all parts of each. Raises Invalid."""
    locks.conversation(ticket.conversation_id)
    db.session.refresh(ticket)
    if ticket.is_request:
        raise Invalid("Accept this request first: then it can be split.")
    if not ids:
        raise Invalid("Choose at least one message.")
    if len(ids) > MOST:
        raise Invalid(f"Up to {MOST} messages are moved in one go.")
    own = list(db.session.execute(sa.select(Message).where(Message.ticket_id == ticket.id)).scalars())
    chosen = [one for one in own if one.id in set(ids)]
    if len(chosen) != len(set(ids)):
        raise Invalid("One of these messages is not in this ticket any more. Load the page again.")
    whole = {one.client_id for one in chosen if one.client_id}
    chosen = [one for one in own if one in chosen or one.client_id in whole]
    if not any(one.direction is not Direction.NOTE for one in own if one not in chosen):
        raise Invalid("That is the whole ticket: leave at least one message in it, or merge the two tickets.")
    return sorted(chosen, key=lambda one: (one.at, one.id))


def _move(messages: Sequence[Message], *, source: Ticket, target: Ticket, by: Agent, is_new: bool) -> None:
    is_left = _has_other_viewers(source, target)
    for message in messages:
        if is_left:
            events.record(EventKind.MESSAGE_REMOVED, source, by=Actor.of(by), element=message.dom_id)
        message.ticket = target
    db.session.flush()
    mentions.follow(source.id, target.id)
    wait_moves.moved(messages, source=source, target=target)
    for ticket in (source, target):
        amendments.show_newest(ticket)
    facts: dict[str, Any] = {"count": len(messages), "is_new": is_new}
    events.record(EventKind.TICKET_SPLIT, source, by=Actor.of(by), to=target.number, **facts)
    events.record(EventKind.TICKET_SPLIT, target, by=Actor.of(by), source=source.number, **facts)
    for message in messages:
        events.record(EventKind.MESSAGE_MOVED, target, by=Actor.of(by), message=message)


def _copy_reading(source: Ticket, target: Ticket) -> None:
    """Who had read the messages where they stood has read them."""
    known = sa.select(sa.literal(target.id), TicketRead.agent_id, TicketRead.seq)
    known = known.where(TicketRead.ticket_id == source.id)
    db.session.execute(sa.insert(TicketRead).from_select(["ticket_id", "agent_id", "seq"], known))


def _has_other_viewers(source: Ticket, target: Ticket) -> bool:
    """Somebody may see the one and not the other."""
    return source.team_id != target.team_id or source.assignee_id != target.assignee_id
