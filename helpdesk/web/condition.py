"""The desk's condition: what it depends on, each with its state and a word of why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import clock, queue
from helpdesk.db import db
from helpdesk.models import Heartbeat
from workers import heartbeat

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
SILENT = timedelta(seconds=30)  # without a heartbeat, a process is taken for dead


@dataclass(frozen=True)
class Part:
    is_well: bool
    detail: str = ""


@dataclass(frozen=True)
class Worker:
    name: str
    at: datetime | None  # its last heartbeat; None: never heard of
    is_well: bool


@dataclass(frozen=True)
class Condition:
    database: Part
    migrations: Part
    redis: Part
    workers: tuple[Worker, ...]

    @property
    def is_usable(self) -> bool:
        """May requests come? Without Redis or workers they may: nothing is lost, it only takes longer."""
        return self.database.is_well and self.migrations.is_well

    @property
    def state(self) -> str:
        if not self.is_usable:
            return "down"
        is_whole = self.redis.is_well and all(worker.is_well for worker in self.workers)
        return "ready" if is_whole else "degraded"

    def as_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "database": _told(self.database),
            "migrations": _told(self.migrations),
            "redis": _told(self.redis),
            "workers": {
                "state": "ok" if all(worker.is_well for worker in self.workers) else "silent",
                "last_heartbeat": {worker.name: worker.at and worker.at.isoformat() for worker in self.workers},
            },
        }


def look() -> Condition:
    """Asks each part now."""
    redis = Part(False, "does not answer; the sweeps do its work") if queue.is_away() else Part(True)
    try:
        migrations, workers = _migrations(), _workers()
    except SQLAlchemyError:  # away is what this page is there to say
        db.session.rollback()
        away = Part(False, "does not answer")
        return Condition(away, Part(False, "unknown"), redis, ())
    return Condition(Part(True), migrations, redis, workers)


@cache
def head() -> str:
    """The newest migration that this code brings: they are numbered, and asking Alembic would cost 11 MB of memory."""
    return max((path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")), default="")


def _migrations() -> Part:
    if not sa.inspect(db.engine).has_table("alembic_version"):
        return Part(False, "none has run: flask db upgrade")
    current = db.session.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
    if current == [head()]:
        return Part(True, head())
    return Part(False, f"at {', '.join(current) or 'nothing'}, not at {head()}: flask db upgrade")


def _workers() -> tuple[Worker, ...]:
    """Those that must be there, and any other that has reported and is not forgotten yet (`upkeep.forget_silent`)."""
    now = clock.now()
    beats = {beat.name: beat.at for beat in db.session.scalars(sa.select(Heartbeat))}
    names = [*heartbeat.EXPECTED, *sorted(set(beats) - set(heartbeat.EXPECTED))]
    return tuple(Worker(name, beats.get(name), _is_alive(beats.get(name), now)) for name in names)


def _is_alive(at: datetime | None, now: datetime) -> bool:
    return at is not None and at > now - SILENT


def _told(part: Part) -> dict[str, str]:
    return {"state": "ok" if part.is_well else "bad"} | ({"detail": part.detail} if part.detail else {})
