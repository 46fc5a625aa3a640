"""The ledger of raw webhooks, and changes that came before the message they change."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.db import Base


class LedgerState(StrEnum):
    NEW = "new"
    DONE = "done"
    PARTLY = "partly"  # some items could not be used; `error` names them
    QUARANTINED = "quarantined"  # nothing could be read, or working on it failed too often
    UNMATCHED = "unmatched"  # names no inbox of ours


class Ledger(Base):
    """One signed webhook, exactly as it came. The same bytes are stored once."""

    __tablename__ = "ledger"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    route: Mapped[str] = mapped_column(default="")
    lane: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(sa.String(64))
    raw: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[LedgerState] = mapped_column(default=LedgerState.NEW)
    attempts: Mapped[int] = mapped_column(default=0)
    is_begun: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # of a further attempt
    lease_until: Mapped[datetime | None]
    token: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    processed_at: Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("channel", "route", "sha256", name="uq_ledger_bytes"),
        sa.Index(
            "ix_ledger_new",
            "id",
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        ),
        sa.Index("ix_ledger_state", "state", "id"),
    )


class PendingChange(Base):
    """A reaction, edit, unsend or receipt whose message we do not have yet. Dropped and counted after 7 days."""

    __tablename__ = "pending_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inbox.id"))
    platform_id: Mapped[str]
    kind: Mapped[str]
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (sa.Index("ix_pending_change_target", "inbox_id", "platform_id"),)
