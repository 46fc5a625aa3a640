"""An inbox: one connected account of a platform."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.agent import Team


class InboxState(StrEnum):
    WORKING = "working"
    NEEDS_SIGN_IN = "needs_sign_in"  # the platform refused the token: nothing is sent until it is connected again
    SUSPENDED = "suspended"  # the platform blocked the account


class Inbox(Base):
    """`secrets` is sealed JSON (access token, app secrets, verify token); `options` is what only the channel knows."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    name: Mapped[str]
    account_id: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id"))
    secrets: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[InboxState] = mapped_column(default=InboxState.WORKING)
    state_reason: Mapped[str] = mapped_column(default="")
    reopen_hours: Mapped[int] = mapped_column(default=72)
    holds_requests: Mapped[bool] = mapped_column(default=False)  # strangers wait until somebody lets them in
    tells_seen: Mapped[bool] = mapped_column(default=True)
    tells_typing: Mapped[bool] = mapped_column(default=True)
    last_event_at: Mapped[datetime | None]
    notice: Mapped[str] = mapped_column(default="")  # the last handover, policy or account event, in words
    notice_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    team: Mapped[Team] = relationship()

    __table_args__ = (
        sa.Index(
            "uq_inbox_account",
            "channel",
            "account_id",
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )
