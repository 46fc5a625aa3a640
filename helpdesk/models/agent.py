"""People who answer, the teams they are in, and their signed-in sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base


class Role(StrEnum):
    AGENT = "agent"
    LEAD = "lead"
    OWNER = "owner"


class Team(Base):
    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class Membership(Base):
    """An agent is in a team."""

    __tablename__ = "membership"

    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id"), primary_key=True, index=True)


class Agent(Base):
    """A console user. `email` is in lower case; no `password_hash`: the set-password link is still unused. `keys` holds
    the keys that they have changed, by action; "" is one that they have switched off."""

    __tablename__ = "agent"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    password_hash: Mapped[str | None]
    reset_hash: Mapped[str | None] = mapped_column(unique=True)  # sha256 of a one-time set-password token
    reset_until: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    keys: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    sends_by_enter: Mapped[bool] = mapped_column(default=True, server_default=sa.true())  # else by Ctrl and Enter

    teams: Mapped[list[Team]] = relationship(secondary="membership", order_by=Team.name)

    @property
    def is_owner(self) -> bool:
        return self.role is Role.OWNER

    @property
    def initials(self) -> str:
        words = self.name.split() or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def first_name(self) -> str:
        return (self.name.split() or [self.email])[0]


class Session(Base):
    """One signed-in browser. Only the hash of its token is kept; `ended_at` revokes it."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    address: Mapped[str]
    browser: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship()


class LoginAttempt(Base):
    """One failed try to sign in: the throttle counts these, so it survives a flushed Redis."""

    __tablename__ = "login_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        sa.Index("ix_login_attempt_email_at", "email", "at"),
        sa.Index("ix_login_attempt_address_at", "address", "at"),
    )
