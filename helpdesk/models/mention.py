"""A mention: a note names a colleague, who sees its ticket from then on."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.db import Base


class Mention(Base):
    """`ticket_id` is that of the message, kept here for what is asked of every ticket: may they see it?"""

    __tablename__ = "mention"

    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)

    __table_args__ = (sa.Index("ix_mention_agent", "agent_id", "ticket_id"),)
