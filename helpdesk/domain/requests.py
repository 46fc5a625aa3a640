"""Message requests: in an inbox that asks first, a stranger's words wait until somebody accepts, ignores or blocks.

Nobody waits for an answer while a request is undecided, and one that is ignored or blocked leaves no wait behind. Who
is accepted has waited since they wrote: they do not know of the folder, and a lead wants to see that time."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import events, locks, tickets, waits
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict
from helpdesk.models import Category, Conversation, EventKind, Message, RequestState, Ticket


def is_blocked(conversation: Conversation) -> bool:
    return conversation.request is RequestState.BLOCKED


def is_asked(conversation: Conversation) -> bool:
    """Does what they write now wait for a decision? Asked before their message is stored."""
    if conversation.request in (RequestState.PENDING, RequestState.IGNORED):
        return True
    return conversation.request is None and conversation.inbox.holds_requests and _is_stranger(conversation)


def hold(ticket: Ticket) -> None:
    """Their ticket stands among the requests."""
    ticket.conversation.request = RequestState.PENDING
    ticket.category, ticket.status, ticket.snoozed_until = Category.REQUEST, Category.REQUEST.value, None


def accept(ticket: Ticket, *, by: Actor) -> None:
    """It is a ticket like any other from now on, and the customer waits since their first words."""
    _undecided(ticket)
    ticket.conversation.request = RequestState.ACCEPTED
    ticket.category, ticket.status = Category.OPEN, Category.OPEN.value
    _wait(ticket)
    events.record(EventKind.REQUEST_ACCEPTED, ticket, by=by)


def ignore(ticket: Ticket, *, by: Actor) -> None:
    """Closed without a word; when they write again, it is asked again."""
    _undecided(ticket)
    _put_away(ticket, RequestState.IGNORED)
    events.record(EventKind.REQUEST_IGNORED, ticket, by=by)


def block(ticket: Ticket, *, by: Actor) -> None:
    """Closed; what they write later is kept with this ticket, and opens nothing and tells nobody."""
    _undecided(ticket)
    _put_away(ticket, RequestState.BLOCKED)
    events.record(EventKind.REQUEST_BLOCKED, ticket, by=by)


def unblock(ticket: Ticket, *, by: Actor) -> None:
    """Their next message is asked about again. Raises Conflict when nobody is blocked here."""
    locks.conversation(ticket.conversation_id)
    db.session.refresh(ticket.conversation)
    if not is_blocked(ticket.conversation):
        raise Conflict("Nobody is blocked here any more.")
    ticket.conversation.request = RequestState.IGNORED
    events.record(EventKind.REQUEST_UNBLOCKED, ticket, by=by)


def _undecided(ticket: Ticket) -> None:
    locks.conversation(ticket.conversation_id)
    db.session.refresh(ticket)
    if not ticket.is_request:
        raise Conflict("Somebody has decided about this request already.")


def _put_away(ticket: Ticket, state: RequestState) -> None:
    ticket.conversation.request = state
    ticket.category, ticket.status, ticket.closed_at = Category.CLOSED, Category.CLOSED.value, clock.now()


def _wait(ticket: Ticket) -> None:
    unasked = waits.inbound(ticket).where(Message.received_at >= ticket.opened_at)
    first = db.session.execute(unasked.order_by(Message.received_at, Message.id).limit(1)).scalar()
    if first is not None:
        waits.opened(ticket, first)


def _is_stranger(conversation: Conversation) -> bool:
    """Nothing was ever said between us."""
    said = sa.select(Message.id).where(Message.conversation_id == conversation.id).limit(1)
    return db.session.execute(said).first() is None and tickets.latest(conversation) is None
