"""What happened: one row for each change, numbered without gaps, and who has dealt with it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.db import Base


class EventKind(StrEnum):
    """Everything that can happen. Each has its row in `subscribers.REACTIONS` and its sentence in the timeline."""

    TICKET_OPENED = "ticket.opened"
    TICKET_REOPENED = "ticket.reopened"
    TICKET_CLOSED = "ticket.closed"
    TICKET_ASSIGNED = "ticket.assigned"
    TICKET_LEFT = "ticket.left"
    TICKET_ENTERED = "ticket.entered"
    TICKET_WAITING = "ticket.waiting"
    TICKET_SNOOZED = "ticket.snoozed"
    TICKET_RESUMED = "ticket.resumed"
    TICKET_PRIORITISED = "ticket.prioritised"
    TICKET_TAGGED = "ticket.tagged"
    TICKET_SPLIT = "ticket.split"
    TICKET_MERGED = "ticket.merged"
    TICKET_UNMERGED = "ticket.unmerged"
    TICKET_LINKED = "ticket.linked"
    TICKET_UNLINKED = "ticket.unlinked"
    TICKET_NAMED = "ticket.named"
    REQUEST_ACCEPTED = "request.accepted"
    REQUEST_IGNORED = "request.ignored"
    REQUEST_BLOCKED = "request.blocked"
    REQUEST_UNBLOCKED = "request.unblocked"
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_ECHOED = "message.echoed"
    MESSAGE_QUEUED = "message.queued"
    MESSAGE_SENDING = "message.sending"
    MESSAGE_SETTLED = "message.settled"
    MESSAGE_RECEIPT = "message.receipt"
    MESSAGE_EDITED = "message.edited"
    MESSAGE_UNSENT = "message.unsent"
    MESSAGE_REACTION = "message.reaction"
    MESSAGE_MEDIA = "message.media"
    MESSAGE_REMOVED = "message.removed"
    MESSAGE_PLANNED = "message.planned"
    MESSAGE_UNPLANNED = "message.unplanned"
    MESSAGE_PARKED = "message.parked"
    MESSAGE_MOVED = "message.moved"
    MESSAGE_KEPT = "message.kept"
    MESSAGE_CLAIMED = "message.claimed"
    NOTE_ADDED = "note.added"
    AGENT_MENTIONED = "agent.mentioned"
    CONTACT_CHANGED = "contact.changed"
    CONTACT_DESCRIBED = "contact.described"
    CONTACT_ARRIVED = "contact.arrived"


class Event(Base):
    """`prev` is the greatest earlier `seq` of the same room: a page that last saw less has a gap.
    `is_copy`: the same happening told in a second room; consumers pass it over."""

    __tablename__ = "event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    room: Mapped[str]
    prev: Mapped[int]
    kind: Mapped[EventKind]
    is_copy: Mapped[bool] = mapped_column(default=False)
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"))
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id", ondelete="SET NULL"))
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]

    __table_args__ = (
        sa.Index("ix_event_room", "room", "seq"),
        sa.Index("ix_event_ticket", "ticket_id", "seq"),
        sa.Index("ix_event_message", "message_id"),
        sa.Index("ix_event_at", "at"),
    )


class Counter(Base):
    """A number under its row's lock: "event" and "ticket" give numbers out, "tally:…" rows count what leaves no row."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class Consumer(Base):
    """Somebody who must see every event once, in order, and how far they are."""

    __tablename__ = "consumer"

    name: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    token: Mapped[str] = mapped_column(default="")
