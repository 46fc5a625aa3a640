"""What is to be sent: one row for each message, the state of its one call to the platform, and its calls so far."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.contact import Conversation
from helpdesk.models.message import Message


class OutboxState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    CALLING = "calling"
    UNKNOWN = "unknown"  # an echo may still settle it
    REVIEW = "review"  # people decide
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AttemptResult(StrEnum):
    """What one call came back with; empty while it runs."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_CALLED = "not_called"  # the worker was asleep for too long and put the row back


HOLDING = (OutboxState.CLAIMED, OutboxState.CALLING, OutboxState.UNKNOWN)


class Outbox(Base):
    """`key` goes along with the call where the platform returns it. `lease_until` ends a claim, a call or `unknown`."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id"), unique=True)
    conversation_id: Mapped[int] = mapped_column(sa.ForeignKey("conversation.id"))
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inbox.id"), index=True)
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.QUEUED)
    token: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    called_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    detail: Mapped[str] = mapped_column(default="")  # the platform's own words and codes

    message: Mapped[Message] = relationship(back_populates="outbox")
    conversation: Mapped[Conversation] = relationship()
    calls: Mapped[list[OutboxAttempt]] = relationship(order_by="OutboxAttempt.n", cascade="all, delete-orphan")

    __table_args__ = (
        # One call at a time in a conversation: order is kept, and an uncertain one is settled before the next.
        sa.Index(
            "uq_outbox_holding",
            "conversation_id",
            unique=True,
            sqlite_where=sa.text("state IN ('claimed', 'calling', 'unknown')"),
            postgresql_where=sa.text("state IN ('claimed', 'calling', 'unknown')"),
        ),
        sa.Index("ix_outbox_due", "state", "next_at", "id"),
        sa.Index("ix_outbox_conversation", "conversation_id", "id"),
    )


class OutboxAttempt(Base):
    """One call to the platform and what came back, for people to read: what is true of the row stands in `outbox`."""

    __tablename__ = "outbox_attempt"

    outbox_id: Mapped[int] = mapped_column(sa.ForeignKey("outbox.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    result: Mapped[AttemptResult | None]
    detail: Mapped[str] = mapped_column(default="")  # the reason in words, and the platform's own
