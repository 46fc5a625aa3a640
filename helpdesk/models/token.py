"""Tokens that programs work with, and the writes that they have named so that none happens twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.agent import Team


class Scope(StrEnum):
    """What a token may do; each may do what those before it may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"  # what is an owner's in the console

    @property
    def rank(self) -> int:
        return list(Scope).index(self)


class ApiToken(Base):
    """A program's way in. Only the hash is kept; `revoked_at` ends it, and its name stays on what it wrote.
    `is_owner`: it sees all tickets, as owners do; else those of its teams alone."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[Scope]
    is_owner: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    teams: Mapped[list[Team]] = relationship(secondary="api_token_team", order_by=Team.name)


class ApiTokenTeam(Base):
    """A token sees the tickets of a team."""

    __tablename__ = "api_token_team"

    token_id: Mapped[int] = mapped_column(sa.ForeignKey("api_token.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id"), primary_key=True)


class IdempotencyKey(Base):
    """A write that a program named, and its first answer. `request` is the hash of what was asked; the answer is
    written in the transaction of the write itself."""

    __tablename__ = "idempotency_key"

    token_id: Mapped[int] = mapped_column(sa.ForeignKey("api_token.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str]
    status: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(default="")  # JSON, byte for byte
    created_at: Mapped[datetime] = mapped_column(index=True)
