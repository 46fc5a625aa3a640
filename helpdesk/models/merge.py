"""Tickets that belong together: two that became one, and what that takes to be undone; and those that are linked."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.db import Base
from helpdesk.models.ticket import Category


class Merge(Base):
    """`ticket_id` went into `into_id`. The rest is how both stood before, so that it can be undone: category and status
    of each, whether the survivor was a side ticket, and the wait that was open in the ticket that went."""

    __tablename__ = "merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    into_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    category: Mapped[Category]
    status: Mapped[str]
    closed_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    into_category: Mapped[Category]
    into_status: Mapped[str]
    into_closed_at: Mapped[datetime | None]
    into_opened_at: Mapped[datetime]
    into_split_from: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"))
    wait_id: Mapped[int | None] = mapped_column(sa.ForeignKey("wait.id"))


class MergedMessage(Base):
    """A message that came along, and goes back when the merge is undone."""

    __tablename__ = "merged_message"

    merge_id: Mapped[int] = mapped_column(sa.ForeignKey("merge.id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(
        sa.ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class MergedTag(Base):
    """A tag that the survivor had from the ticket that went."""

    __tablename__ = "merged_tag"

    merge_id: Mapped[int] = mapped_column(sa.ForeignKey("merge.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tag.id"), primary_key=True)


class TicketLink(Base):
    """Two tickets that have to do with each other: the one with the smaller id first, so that a pair is there once."""

    __tablename__ = "ticket_link"

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), primary_key=True, index=True)
    created_at: Mapped[datetime]
