"""A saved view of the queue: conditions and an order that somebody gave a name."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.agent import Agent, Team


class Audience(StrEnum):
    """For whom a view stands in the menu."""

    PRIVATE = "private"  # for whoever made it
    TEAM = "team"
    EVERYONE = "everyone"


class SavedView(Base):
    """`conditions` is what `domain.conditions` writes and reads, with its version; `position` orders the views of one
    audience. `team_id` is set for a team's views alone."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    audience: Mapped[Audience] = mapped_column(default=Audience.PRIVATE)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    conditions: Mapped[dict[str, Any]]
    sort: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship()
    team: Mapped[Team | None] = relationship()

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return f"v{self.id}"
