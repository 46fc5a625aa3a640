"""A scheduled message: what an agent or a program wants sent at a time to come."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.agent import Agent
from helpdesk.models.contact import Conversation
from helpdesk.models.ticket import Ticket
from helpdesk.models.token import ApiToken


class ScheduledState(StrEnum):
    PLANNED = "planned"
    RELEASED = "released"  # it is a message in the outbox now
    PARKED = "parked"  # its time came and it could not go: `reason` says why, and people decide
    CANCELLED = "cancelled"


class ScheduledMessage(Base):
    """`wall_time` in `zone` is what was promised ("2027-03-14 09:30"); `due_at` is the moment that this means.
    `grace` is how many seconds late it may still go out. `client_id` is the page's: the same one plans once."""

    __tablename__ = "scheduled_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(sa.ForeignKey("conversation.id"))
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    token_id: Mapped[int | None] = mapped_column(sa.ForeignKey("api_token.id"))
    client_id: Mapped[str]
    text: Mapped[str]
    wall_time: Mapped[str]
    zone: Mapped[str]
    due_at: Mapped[datetime]
    grace: Mapped[int]
    state: Mapped[ScheduledState] = mapped_column(default=ScheduledState.PLANNED)
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = relationship()
    ticket: Mapped[Ticket] = relationship()
    agent: Mapped[Agent | None] = relationship()
    token: Mapped[ApiToken | None] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("conversation_id", "client_id", name="uq_scheduled_message_client_id"),
        sa.Index(
            "ix_scheduled_message_due",
            "due_at",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        ),
    )

    @property
    def writer(self) -> Agent | ApiToken:
        """Whoever planned it: a person, or a program by its token."""
        writer = self.agent or self.token
        if writer is None:
            raise ValueError(f"scheduled message {self.id} was planned by nobody")
        return writer

    @property
    def message_client_id(self) -> str:
        """The client id of the message that it becomes: under its unique constraint it becomes one at most."""
        return f"scheduled-{self.id}"
