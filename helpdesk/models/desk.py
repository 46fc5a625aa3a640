"""The desk's own housekeeping: settings that people change, which processes are alive, the clock's offset."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.db import Base


class Setting(Base):
    """A value that owners change in the console."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]


class Heartbeat(Base):
    """The last sign of life of a process, by its name ("worker live", "worker live 2", "clock")."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    pid: Mapped[int]


class ClockOffset(Base):
    """Seconds added to the clock. Only tests and demo data write it; there is one row, with id 1."""

    __tablename__ = "clock_offset"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seconds: Mapped[float]
