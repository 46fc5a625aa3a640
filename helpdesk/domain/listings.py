"""Lists for programs, a page at a time. Pages are cut by id, newest first (a conversation's messages oldest first), so
that what arrives meanwhile moves nothing from one page to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, defer, joinedload, selectinload

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import access, events, thread
from helpdesk.domain.events import Viewer
from helpdesk.domain.search import asking
from helpdesk.domain.search.conditions import is_called, speaks_of
from helpdesk.models import (
    Category,
    Contact,
    Conversation,
    Event,
    Identity,
    Inbox,
    Ledger,
    LedgerState,
    Message,
    Priority,
    ScheduledMessage,
    ScheduledState,
    Tag,
    Ticket,
)

T = TypeVar("T")
LONGEST_SEARCH = asking.LONGEST


@dataclass(frozen=True)
class Page(Generic[T]):
    """`next` is the id after which the following page begins; None on the last one."""

    items: Sequence[T]
    next: int | None


@dataclass(frozen=True)
class TicketFilter:
    """What a ticket must be, all at once; None asks for nothing. `assignee_id` 0 is nobody."""

    status: Category | None = None
    inbox_id: int | None = None
    assignee_id: int | None = None
    team_id: int | None = None
    tag: str | None = None
    priority: Priority | None = None
    contact_id: int | None = None
    words: str | None = None
    updated_since: datetime | None = None


def tickets(wanted: TicketFilter, *, by: Viewer, after: int | None, limit: int) -> Page[Ticket]:
    found = access.tickets(by).join(Conversation, Conversation.id == Ticket.conversation_id)
    found = found.join(Identity, Identity.id == Conversation.identity_id).where(*_conditions(wanted))
    found = found.options(
        joinedload(Ticket.conversation).joinedload(Conversation.identity).joinedload(Identity.contact),
        joinedload(Ticket.conversation).joinedload(Conversation.identity).selectinload(Identity.keys),
        joinedload(Ticket.assignee),
        joinedload(Ticket.team),
        selectinload(Ticket.tags),
    )
    return _page(found, Ticket.id, after=after, limit=limit)


def messages(conversation: Conversation, *, by: Viewer, after: int | None, limit: int) -> Page[Message]:
    """In the order in which they reached the desk: one that comes late is on the last page, never on one that was
    read. Whoever writes holds the conversation, so that no smaller id appears after a greater one."""
    found = access.messages(conversation, by=by).options(*thread.SHOWN)
    return _page(found, Message.id, after=after, limit=limit, is_oldest_first=True)


def contacts(*, words: str | None, by: Viewer, after: int | None, limit: int) -> Page[Contact]:
    found = access.contacts(by)
    if words:
        called = is_called(asking.of_words(words).patterns)
        known = access.identities(by).where(Identity.contact_id == Contact.id, called).correlate(Contact)
        found = found.where(known.exists())
    return _page(found, Contact.id, after=after, limit=limit)


def identities(people: Sequence[Contact], *, by: Viewer) -> dict[int, list[Identity]]:
    """How those inboxes know them through which they wrote what the viewer sees, by contact id."""
    found = access.identities(by).where(Identity.contact_id.in_([one.id for one in people])).order_by(Identity.id)
    found = found.options(joinedload(Identity.inbox), joinedload(Identity.contact), selectinload(Identity.keys))
    known: dict[int, list[Identity]] = {one.id: [] for one in people}
    for identity in db.session.execute(found).scalars():
        known[identity.contact_id].append(identity)
    return known


def chapters(conversation: Conversation, *, by: Viewer) -> Sequence[Ticket]:
    """The tickets of a conversation that the viewer sees, oldest first."""
    found = access.tickets(by).where(Ticket.conversation_id == conversation.id).order_by(Ticket.id)
    return db.session.execute(found).scalars().all()


def scheduled(
    state: ScheduledState | None, *, conversation: Conversation | None, by: Viewer, after: int | None, limit: int
) -> Page[ScheduledMessage]:
    found = access.scheduled_messages(by).options(
        joinedload(ScheduledMessage.ticket), joinedload(ScheduledMessage.agent), joinedload(ScheduledMessage.token)
    )
    if state is not None:
        found = found.where(ScheduledMessage.state == state)
    if conversation is not None:
        found = found.where(ScheduledMessage.conversation_id == conversation.id)
    return _page(found, ScheduledMessage.id, after=after, limit=limit)


def released(planned: Sequence[ScheduledMessage]) -> dict[int, list[int]]:
    """The ids of the messages that they became, in order, by their own ids; none for what has not gone out."""
    client_ids: dict[str | None, int] = {one.message_client_id: one.id for one in planned}
    places = {one.conversation_id for one in planned}
    found = sa.select(Message.client_id, Message.id).order_by(Message.part)
    found = found.where(Message.conversation_id.in_(places), Message.client_id.in_(client_ids))
    ids: dict[int, list[int]] = {one.id: [] for one in planned}
    for client_id, message_id in db.session.execute(found):
        ids[client_ids[client_id]].append(message_id)
    return ids


def inboxes(*, by: Viewer, after: int | None, limit: int) -> Page[Inbox]:
    return _page(access.connected(by).options(joinedload(Inbox.team)), Inbox.id, after=after, limit=limit)


def ledger(state: LedgerState | None, *, by: Viewer, after: int | None, limit: int) -> Page[Ledger]:
    """Webhooks without their bodies. Raises Forbidden for everybody but owners."""
    access.require_owner(by)
    found = sa.select(Ledger).options(defer(Ledger.raw))
    if state is not None:
        found = found.where(Ledger.state == state)
    return _page(found, Ledger.id, after=after, limit=limit)


def changed_at(found: Sequence[Ticket]) -> dict[int, datetime]:
    """When each of them was last touched, by ticket id: now, where the running transaction has."""
    seqs = {ticket.seq: ticket for ticket in found}
    times = dict(db.session.execute(sa.select(Event.seq, Event.at).where(Event.seq.in_(seqs))).all())
    now = clock.now()
    return {
        ticket.id: now if events.is_touched(ticket) else times.get(ticket.seq, ticket.last_message_at)
        for ticket in found
    }


def _page(
    found: sa.Select[T], id: InstrumentedAttribute[int], *, after: int | None, limit: int, is_oldest_first: bool = False
) -> Page[T]:
    if after is not None:
        found = found.where(id > after if is_oldest_first else id < after)
    ordered = found.order_by(id if is_oldest_first else id.desc()).limit(limit + 1)
    rows: Sequence[Any] = db.session.execute(ordered).scalars().all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def _conditions(wanted: TicketFilter) -> list[sa.ColumnElement[bool]]:
    by_value: list[tuple[object, sa.ColumnElement[bool]]] = [
        (wanted.status, Ticket.category == wanted.status),
        (wanted.inbox_id, Conversation.inbox_id == wanted.inbox_id),
        (wanted.assignee_id, Ticket.assignee_id == (wanted.assignee_id or None)),
        (wanted.team_id, Ticket.team_id == wanted.team_id),
        (wanted.priority, Ticket.priority == wanted.priority),
        (wanted.contact_id, Identity.contact_id == wanted.contact_id),
    ]
    conditions = [condition for value, condition in by_value if value is not None]
    if wanted.tag is not None:
        conditions.append(Ticket.tags.any(sa.func.lower(Tag.name) == wanted.tag.lower()))
    if wanted.updated_since is not None:
        conditions.append(Ticket.seq.in_(sa.select(Event.seq).where(Event.at >= wanted.updated_since)))
    if wanted.words:
        conditions.append(speaks_of(wanted.words))
    return conditions
