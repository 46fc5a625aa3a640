"""What an agent wants to be told of, and how: one row for each who has ever chosen."""

from __future__ import annotations

from datetime import time
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.db import Base


class AlertSound(StrEnum):
    """The browser makes them; there are no files."""

    NONE = "none"
    CHIME = "chime"
    KNOCK = "knock"
    PING = "ping"


class AlertSettings(Base):
    """`volume` in per cent. `unassigned_after`: minutes that a customer may wait in a ticket that nobody has, 0 to be
    told at once; empty when one does not want to hear of them. Quiet hours are what a wall clock of `zone` shows and
    may go over midnight; empty when there are none."""

    __tablename__ = "alert_settings"

    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agent.id"), primary_key=True, autoincrement=False)
    sound: Mapped[AlertSound] = mapped_column(default=AlertSound.CHIME)
    volume: Mapped[int] = mapped_column(default=60)
    is_desktop: Mapped[bool] = mapped_column(default=True)
    is_mine: Mapped[bool] = mapped_column(default=True)
    is_mentions: Mapped[bool] = mapped_column(default=True)
    unassigned_after: Mapped[int | None] = mapped_column(default=5)
    quiet_from: Mapped[time | None] = mapped_column(sa.Time())
    quiet_until: Mapped[time | None] = mapped_column(sa.Time())
    zone: Mapped[str] = mapped_column(default="UTC")
