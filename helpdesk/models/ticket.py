"""A ticket: one request inside a conversation, from opening to closing; its waits, tags and readers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.agent import Agent, Team
from helpdesk.models.contact import Conversation


class Category(StrEnum):
    """What a status means; code asks for the category only."""

    OPEN = "open"  # we owe something
    WAITING = "waiting"  # the customer owes; the clock is paused
    SNOOZED = "snoozed"
    CLOSED = "closed"
    REQUEST = "request"  # a stranger's first words: nobody owes anything until somebody decides


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Tag(Base):
    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class TicketTag(Base):
    """A ticket has a tag."""

    __tablename__ = "ticket_tag"

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tag.id"), primary_key=True, index=True)


class Ticket(Base):
    """`number` is what people say. `waiting_since` is the open wait's start, kept here for the queue to sort by.
    `seq` is the number of the newest event that touched it. `status` is the key of a `Status` of its category."""

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    conversation_id: Mapped[int] = mapped_column(sa.ForeignKey("conversation.id"), index=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id"))
    assignee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    status: Mapped[str] = mapped_column(default="open")
    category: Mapped[Category] = mapped_column(default=Category.OPEN)
    priority: Mapped[Priority] = mapped_column(default=Priority.NORMAL)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    last_message_at: Mapped[datetime]
    last_message_id: Mapped[int | None]  # no foreign key: the message points here, and one circle is enough
    follows_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"))
    split_from: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"))
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"))
    seq: Mapped[int] = mapped_column(default=0)

    conversation: Mapped[Conversation] = relationship()
    team: Mapped[Team] = relationship()
    assignee: Mapped[Agent | None] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary="ticket_tag", order_by=Tag.name)

    __table_args__ = (
        # Two unclosed main tickets in one conversation cannot be.
        sa.Index(
            "uq_ticket_main",
            "conversation_id",
            unique=True,
            sqlite_where=sa.text("category <> 'closed' AND split_from IS NULL"),
            postgresql_where=sa.text("category <> 'closed' AND split_from IS NULL"),
        ),
        sa.Index("ix_ticket_queue", "team_id", "category", "last_message_at", "id"),
        sa.Index("ix_ticket_assignee", "assignee_id", "category", "last_message_at", "id"),
        sa.Index("ix_ticket_last_message_at", "last_message_at", "id"),
        # Of the few that were merged alone: over all of them, those that were not would be looked for by it.
        sa.Index(
            "ix_ticket_merged_into_id",
            "merged_into_id",
            sqlite_where=sa.text("merged_into_id IS NOT NULL"),
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_ticket_snoozed_until",
            "snoozed_until",
            sqlite_where=sa.text("category = 'snoozed'"),
            postgresql_where=sa.text("category = 'snoozed'"),
        ),
        sa.Index(
            "ix_ticket_unassigned",
            "waiting_since",
            sqlite_where=sa.text("assignee_id IS NULL AND waiting_since IS NOT NULL"),
            postgresql_where=sa.text("assignee_id IS NULL AND waiting_since IS NOT NULL"),
        ),
    )

    @property
    def is_closed(self) -> bool:
        return self.category is Category.CLOSED

    @property
    def is_merged(self) -> bool:
        """It goes on in another ticket, and only its number is left."""
        return self.merged_into_id is not None

    @property
    def is_request(self) -> bool:
        return self.category is Category.REQUEST


class WaitKind(StrEnum):
    FIRST = "first"
    NEXT = "next"


class WaitOutcome(StrEnum):
    REPLIED = "replied"
    CLOSED_WITHOUT_REPLY = "closed_without_reply"
    BOT_ANSWERED = "bot_answered"
    MERGED = "merged"
    WINDOW_EXPIRED = "window_expired"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"


class Wait(Base):
    """One stretch in which a customer waits for us. `opened_at` is platform time, `received_at` ours; `replier_id` is
    empty when the answer came from the platform's own app (`is_outside`) or from a program: nobody has the credit."""

    __tablename__ = "wait"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    kind: Mapped[WaitKind]
    opened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    assignee_at_open: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    team_at_open: Mapped[int] = mapped_column(sa.ForeignKey("team.id"))
    outcome: Mapped[WaitOutcome | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    replier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    is_outside: Mapped[bool] = mapped_column(default=False)
    assignee_at_end: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    team_at_end: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))

    __table_args__ = (
        sa.Index(
            "uq_wait_open",
            "ticket_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )


class TicketRead(Base):
    """Up to which event an agent has read a ticket."""

    __tablename__ = "ticket_read"

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), primary_key=True, index=True)
    seq: Mapped[int]
