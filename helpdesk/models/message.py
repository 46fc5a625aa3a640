"""One item of a conversation, with its files and reactions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.channels.contract import MediaKind, MessageKind
from helpdesk.db import Base
from helpdesk.models.agent import Agent
from helpdesk.models.contact import Conversation
from helpdesk.models.ticket import Ticket
from helpdesk.models.token import ApiToken

if TYPE_CHECKING:
    from helpdesk.models.outbox import Outbox


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"
    EVENT = "event"


class AuthorKind(StrEnum):
    CONTACT = "contact"
    AGENT = "agent"
    BOT = "bot"
    APP = "app"  # a person in the platform's own app, or another app
    TOKEN = "token"
    SYSTEM = "system"


class MessageStatus(StrEnum):
    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


_FAILED = sa.text("status IN ('failed', 'uncertain')")

# A receipt never turns a message back.
RECEIPT_RANK = {MessageStatus.SENT: 1, MessageStatus.DELIVERED: 2, MessageStatus.READ: 3}


class Message(Base):
    """`at` is what the thread is ordered by, together with `id`: the platform's time, or ours where it gave none.
    What we send has `client_id` (made by the page), `part` and `parts`; what came from a platform has `platform_id`.
    `data` holds what has no column: payload and referral of an inbound message, template and quick replies of ours."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(sa.ForeignKey("conversation.id"))
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"))
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inbox.id"))
    direction: Mapped[Direction]
    kind: Mapped[MessageKind] = mapped_column(default=MessageKind.TEXT)
    text: Mapped[str] = mapped_column(default="")
    is_truncated: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    author_kind: Mapped[AuthorKind]
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    token_id: Mapped[int | None] = mapped_column(sa.ForeignKey("api_token.id"))
    client_id: Mapped[str | None]
    part: Mapped[int] = mapped_column(default=1)
    parts: Mapped[int] = mapped_column(default=1)
    platform_id: Mapped[str | None]
    reply_to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id"))
    reply_to_platform_id: Mapped[str] = mapped_column(default="")  # quoted, but never seen by us
    status: Mapped[MessageStatus]
    status_reason: Mapped[str] = mapped_column(default="")
    is_standby: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    platform_at: Mapped[datetime | None]
    received_at: Mapped[datetime]  # when it reached us; of ours, when a person last said that it should be sent
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    edits: Mapped[list[Any]] = mapped_column(default=list)  # earlier texts, oldest first: [{"text", "at"}]
    deleted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    ledger_id: Mapped[int | None]  # the webhook that brought it; no foreign key: the ledger may forget it first
    seen_at: Mapped[datetime | None]  # of an inbound one: when the first of us had it on the screen
    seen_by_id: Mapped[int | None]
    first_seq: Mapped[int] = mapped_column(default=0)  # of the event that brought it: what is unread
    seq: Mapped[int] = mapped_column(default=0)  # of the newest event that touched it: what is newer

    conversation: Mapped[Conversation] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    agent: Mapped[Agent | None] = relationship()
    token: Mapped[ApiToken | None] = relationship()
    reply_to: Mapped[Message | None] = relationship(remote_side=id)
    attachments: Mapped[list[Attachment]] = relationship(back_populates="message", order_by="Attachment.position")
    reactions: Mapped[list[Reaction]] = relationship(back_populates="message", order_by="Reaction.id")
    outbox: Mapped[Outbox | None] = relationship(back_populates="message", uselist=False, viewonly=True)

    __table_args__ = (
        sa.UniqueConstraint("inbox_id", "platform_id", name="uq_message_platform_id"),
        sa.UniqueConstraint("conversation_id", "client_id", "part", name="uq_message_client_id"),
        sa.Index("ix_message_thread", "conversation_id", "at", "id"),
        sa.Index("ix_message_ticket", "ticket_id", "at", "id"),
        sa.Index("ix_message_unread", "ticket_id", "direction", "first_seq"),
        sa.Index("ix_message_failed", "ticket_id", sqlite_where=_FAILED, postgresql_where=_FAILED),
    )

    @property
    def dom_id(self) -> str:
        """The id of its element on every page: by client id for what we send, as the pending bubble has it."""
        return f"message-{self.client_id}-{self.part}" if self.client_id else f"message-{self.id}"

    @property
    def writer(self) -> Agent | ApiToken | None:
        """Whoever of the desk wrote it: a person, or a program by its token."""
        return self.agent or self.token

    @property
    def is_inbound(self) -> bool:
        return self.direction is Direction.INBOUND

    @property
    def late_by(self) -> int:
        """Whole minutes between the platform's time and ours when they differ by more than one, else 0."""
        if self.platform_at is None or not self.is_inbound:
            return 0
        minutes = int((self.received_at - self.platform_at).total_seconds() // 60)
        return minutes if minutes >= 1 else 0


class AttachmentState(StrEnum):
    UPLOADED = "uploaded"  # by an agent, not yet in a message
    PENDING = "pending"  # to be fetched from the platform
    READY = "ready"
    FAILED = "failed"  # fetched in vain; can be tried again
    NONE = "none"  # nothing to fetch: a heart, a vanished photo, a card


class Attachment(Base):
    """A file of a message, or one uploaded for the next. `key` and `preview_key` name it in storage."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)  # unguessable: what URLs name
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id"), index=True)
    uploader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    uploader_token_id: Mapped[int | None] = mapped_column(sa.ForeignKey("api_token.id"))
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[MediaKind]
    state: Mapped[AttachmentState]
    source_url: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    name: Mapped[str] = mapped_column(default="")
    key: Mapped[str] = mapped_column(default="")
    preview_key: Mapped[str] = mapped_column(default="")  # our own re-encoded picture: the only thing shown inline
    mime: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)  # bytes
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]  # when to fetch (again); also the lease of a running fetch
    token: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    message: Mapped[Message | None] = relationship(back_populates="attachments")

    __table_args__ = (
        sa.Index(
            "ix_attachment_pending",
            "next_at",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        ),
    )


class Reactor(StrEnum):
    CONTACT = "contact"
    US = "us"


class Reaction(Base):
    """One side's reaction to a message; `emoji` is empty once it was taken back. `at` is the time that set it.
    Ours are told to the platform: `next_at` is when (again), empty once it knows; `error` says why it will not."""

    __tablename__ = "reaction"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id"))
    reactor: Mapped[Reactor]
    emoji: Mapped[str]
    at: Mapped[datetime]
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    next_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")

    message: Mapped[Message] = relationship(back_populates="reactions")

    __table_args__ = (
        sa.UniqueConstraint("message_id", "reactor", name="uq_reaction_message_reactor"),
        sa.Index(
            "ix_reaction_pending",
            "next_at",
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        ),
    )
