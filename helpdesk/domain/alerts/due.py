"""What an agent is to be told of now, and when there may be something next: by their settings, their rights of today,
their quiet hours, and what they have read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import access, events
from helpdesk.domain.alerts import settings as chosen
from helpdesk.domain.alerts.quiet import Quiet
from helpdesk.domain.presentation.messages import summary
from helpdesk.domain.presentation.times import duration
from helpdesk.models import (
    Agent,
    AlertSettings,
    AuthorKind,
    Category,
    Conversation,
    Event,
    EventKind,
    Identity,
    Message,
    Ticket,
    TicketRead,
)

FRESH = timedelta(minutes=10)  # what is older is seen in the queue: nobody wants yesterday's sounds in the morning
MOST_EVENTS = 300
MOST_WAITING = 50
KINDS = (
    EventKind.MESSAGE_RECEIVED,
    EventKind.TICKET_ASSIGNED,
    EventKind.TICKET_ENTERED,
    EventKind.TICKET_RESUMED,
    EventKind.REQUEST_ACCEPTED,
    EventKind.NOTE_ADDED,
    EventKind.AGENT_MENTIONED,
)


@dataclass(frozen=True)
class Alert:
    """One thing to tell. `key` is the same whenever it is decided, so that a browser tells it once."""

    key: str
    number: int  # of the ticket
    title: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Due:
    """`upto` and `at`: up to which event and which moment this is all; to be given back with the next question.
    `next_at`: when a customer will have waited too long, None when nobody waits unassigned. `quiet_until`: the end of
    the quiet hours that it is in."""

    upto: int
    at: datetime
    alerts: Sequence[Alert]
    next_at: datetime | None
    quiet_until: datetime | None
    settings: AlertSettings


@dataclass(frozen=True)
class _Fact:
    event: Event
    ticket: Ticket
    message: Message | None


def since(agent: Agent, seq: int, *, at: datetime | None = None) -> Due:
    """What came after event `seq`, and who has waited too long since `at` (None: from now on)."""
    upto, now = events.upto(), clock.now()  # before the rows that they cover
    settings = chosen.of(agent)
    quiet = chosen.quiet_hours(settings)
    facts = _facts(agent, seq, upto=upto, now=now)
    told = list(_told(agent, facts, settings, quiet))
    touched = {fact.ticket.id for fact in facts if not _is_own(fact.event, agent)}
    if settings.unassigned_after is None:
        waiting, next_at = [], None
    else:
        waits = _Waits(agent, timedelta(minutes=settings.unassigned_after), quiet, now)
        waiting, next_at = waits.over(since=min(at or now, now), touched=touched), waits.next_at()
    quiet_until = quiet.over(now) if quiet and quiet.began(now) else None
    return Due(upto, now, [*told, *waiting], next_at, quiet_until, settings)


# --- what happened --------------------------------------------------------------------------------------------


def _facts(agent: Agent, seq: int, *, upto: int, now: datetime) -> list[_Fact]:
    """The newest events of their rooms that may be told, oldest first. A browser that was away for a year must not have
    a year's events looked through: the newest one that is too old comes by the time's index."""
    too_old = sa.select(Event.seq).where(Event.at <= now - FRESH).order_by(Event.at.desc(), Event.seq.desc()).limit(1)
    found = (
        sa.select(Event, Ticket)
        .join(Ticket, Ticket.id == Event.ticket_id)
        .options(*_customers())
        .where(Event.room.in_(access.rooms(agent)), Event.seq > seq, Event.seq <= upto)
        .where(Event.seq > sa.func.coalesce(too_old.scalar_subquery(), 0))
        .where(Event.kind.in_(KINDS), Event.at > now - FRESH, access.visible(agent))
        .order_by(Event.seq.desc())
        .limit(MOST_EVENTS)
    )
    rows = db.session.execute(found).all()
    ids = {event.seq: event.message_id or event.data.get("message_id") or 0 for event, _ in rows}
    messages = _messages(set(ids.values()) - {0})
    return [_Fact(event, ticket, messages.get(ids[event.seq])) for event, ticket in reversed(rows)]


def _messages(ids: Collection[int]) -> dict[int, Message]:
    if not ids:
        return {}
    found = sa.select(Message).where(Message.id.in_(ids)).options(selectinload(Message.attachments))
    return {message.id: message for message in db.session.execute(found).scalars()}


def _told(agent: Agent, facts: Sequence[_Fact], settings: AlertSettings, quiet: Quiet | None) -> Iterator[Alert]:
    """One for each ticket, the newest: five messages of a minute are one sound."""
    read = _read(agent, {fact.ticket.id for fact in facts})
    newest: dict[int, Alert] = {}
    for fact in facts:
        words = _words(fact, agent, settings)
        is_read = fact.event.seq <= read.get(fact.ticket.id, 0)
        if words and not is_read and not (quiet and quiet.began(fact.event.at)):
            alert = _alert(f"event-{fact.event.seq - fact.event.is_copy}", fact.ticket, words, fact.event.at)
            newest.pop(fact.ticket.id, None)
            newest[fact.ticket.id] = alert
    yield from newest.values()


def _read(agent: Agent, ticket_ids: Collection[int]) -> dict[int, int]:
    if not ticket_ids:
        return {}
    found = sa.select(TicketRead).where(TicketRead.agent_id == agent.id, TicketRead.ticket_id.in_(ticket_ids))
    return {read.ticket_id: read.seq for read in db.session.execute(found).scalars()}


def _words(fact: _Fact, agent: Agent, settings: AlertSettings) -> str:
    """What is told of it; "" when they do not want to hear of it, or did it themselves."""
    event, ticket = fact.event, fact.ticket
    if _is_own(event, agent):
        return ""
    if event.kind is EventKind.AGENT_MENTIONED:
        if not settings.is_mentions or event.data["agent_id"] != agent.id:
            return ""
        return f"{_who(event)} mentioned you: {_summary(fact)}"
    if not settings.is_mine or ticket.assignee_id != agent.id:
        return ""
    match event.kind:
        case EventKind.MESSAGE_RECEIVED:
            return _summary(fact)
        case EventKind.NOTE_ADDED:
            return f"{_who(event)} noted: {_summary(fact)}"
        case EventKind.TICKET_ASSIGNED if event.data.get("to") == agent.id:
            return f"{_who(event)} gave you ticket {ticket.number}"
        case EventKind.TICKET_RESUMED if event.actor_kind == AuthorKind.SYSTEM:
            return f"Ticket {ticket.number} is back: its snooze is over"
    return ""


def _summary(fact: _Fact) -> str:
    """ "" for what the customer has taken back, and what another app answers."""
    message = fact.message
    if message is None or message.deleted_at or message.is_standby:
        return ""
    return summary(message)


def _who(event: Event) -> str:
    return event.actor_name or "The desk"


def _is_own(event: Event, agent: Agent) -> bool:
    return event.actor_kind == AuthorKind.AGENT and event.actor_id == agent.id


def _customers() -> tuple[ExecutableOption, ...]:
    """What the customers' names are made of."""
    identity = joinedload(Ticket.conversation).joinedload(Conversation.identity)
    return identity.joinedload(Identity.contact), identity.selectinload(Identity.keys)


def _alert(key: str, ticket: Ticket, text: str, at: datetime) -> Alert:
    return Alert(key, ticket.number, ticket.conversation.identity.shown_name, text, at)


# --- who waits ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Waits:
    """Customers in tickets that nobody has. One who has waited too long in quiet hours is told of at their end."""

    agent: Agent
    after: timedelta
    quiet: Quiet | None
    now: datetime

    def over(self, *, since: datetime, touched: Collection[int]) -> list[Alert]:
        """Those who have waited too long since that moment; of the `touched` tickets also those who had before it: one
        that was given back waits longer than anybody knew."""
        if self._quiet_since(self.now):
            return []
        told_before = (self._quiet_since(since) or since) - self.after
        found = (
            self._unassigned()
            .where(Ticket.waiting_since <= self.now - self.after)
            .where(sa.or_(Ticket.waiting_since > told_before, Ticket.id.in_(touched)))
            .options(*_customers())
            .order_by(Ticket.waiting_since)
            .limit(MOST_WAITING)
        )
        return [self._alert(ticket) for ticket in db.session.execute(found).scalars()]

    def next_at(self) -> datetime | None:
        """When somebody will have waited too long, or the quiet hours are over in which somebody has."""
        is_quiet = self._quiet_since(self.now)
        waiting = self._unassigned().with_only_columns(Ticket.waiting_since).order_by(Ticket.waiting_since).limit(1)
        if not is_quiet:
            waiting = waiting.where(Ticket.waiting_since > self.now - self.after)
        first = db.session.execute(waiting).scalar()
        if first is None:
            return None
        due = max(first + self.after, self.now)
        return self.quiet.over(due) if self.quiet else due

    def _unassigned(self) -> sa.Select[Ticket]:
        is_active = Ticket.category.in_((Category.OPEN, Category.WAITING))
        unassigned = sa.and_(Ticket.assignee_id.is_(None), Ticket.waiting_since.is_not(None))
        return access.tickets(self.agent).where(unassigned, is_active)

    def _quiet_since(self, at: datetime) -> datetime | None:
        return self.quiet.began(at) if self.quiet else None

    def _alert(self, ticket: Ticket) -> Alert:
        since = ticket.waiting_since or self.now
        length = duration(self.now - since)
        waits = "Has just written" if length == "now" else f"Has waited for {length}"
        text = f"{waits}, and nobody has ticket {ticket.number}"
        return _alert(f"waiting-{ticket.number}-{int(since.timestamp())}", ticket, text, since)
