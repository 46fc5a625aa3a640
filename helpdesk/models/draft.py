"""What an agent has written and not sent yet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.message import Attachment, Message


class DraftKind(StrEnum):
    REPLY = "reply"
    NOTE = "note"


class Draft(Base):
    """One for each ticket, agent and kind. `revision` grows with every change, also when the draft is sent or thrown
    away: the row stays, empty, so that a save that comes late finds that it is late."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"))
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    kind: Mapped[DraftKind]
    text: Mapped[str] = mapped_column(default="")
    quoted_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id", ondelete="SET NULL"), index=True)
    revision: Mapped[int]
    updated_at: Mapped[datetime]

    quoted: Mapped[Message | None] = relationship()
    files: Mapped[list[Attachment]] = relationship(secondary="draft_file", order_by=Attachment.id)

    __table_args__ = (sa.UniqueConstraint("ticket_id", "agent_id", "kind", name="uq_draft_ticket_agent_kind"),)


class DraftFile(Base):
    """An upload that will go with a draft."""

    __tablename__ = "draft_file"

    draft_id: Mapped[int] = mapped_column(sa.ForeignKey("draft.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True, index=True
    )
