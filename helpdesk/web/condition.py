"""The desk's condition: what it depends on, each with its state and a word of why. The health pages, `flask doctor`
and the console's banners all look here."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import clock, queue
from helpdesk.db import db, is_sqlite
from helpdesk.domain import notices
from helpdesk.domain.notices import Notices
from helpdesk.models import Heartbeat

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
FRESH = 2.0  # seconds for which a look is good enough for pages
SILENT = timedelta(seconds=30)  # without a heartbeat, a process is taken for dead
EXPECTED = (*(f"worker {name}" for name in queue.QUEUES), "clock")


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
    storing: Part = Part(True)
    notices: Notices = field(default_factory=Notices)

    @property
    def is_usable(self) -> bool:
        """May requests come? Without Redis or workers they may: nothing is lost, it only takes longer."""
        return self.database.is_well and self.migrations.is_well

    @property
    def state(self) -> str:
        if not self.is_usable:
            return "down"
        is_whole = self.redis.is_well and self.storing.is_well and all(worker.is_well for worker in self.workers)
        return "ready" if is_whole else "degraded"

    def as_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "database": _told(self.database if not self.database.is_well else self.storing),
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
        migrations, storing = _migrations(), _storing()
        workers, known = (_workers(), notices.now()) if migrations.is_well else ((), Notices())
    except SQLAlchemyError:  # away is what this page is there to say
        db.session.rollback()
        away = Part(False, "does not answer")
        return Condition(away, Part(False, "unknown"), redis, ())
    return Condition(Part(True), migrations, redis, workers, storing, known)


def recent() -> Condition:
    """As `look`, at most two seconds old: every page asks."""
    looked: tuple[float, Condition] | None = current_app.extensions.get("condition")
    if looked is None or time.monotonic() - looked[0] > FRESH:
        looked = (time.monotonic(), look())
        current_app.extensions["condition"] = looked
    return looked[1]


def forget() -> None:
    """The next one who asks looks anew."""
    current_app.extensions.pop("condition", None)


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


def _storing() -> Part:
    """A database that can only be read (a stand-by, a full or a locked disk) still shows its last state."""
    if is_sqlite():
        path = db.engine.url.database or ""
        is_writable = os.access(path, os.W_OK) and os.access(os.path.dirname(path) or ".", os.W_OK)
    else:
        is_writable = db.session.execute(sa.text("SHOW transaction_read_only")).scalar_one() == "off"
    return Part(True) if is_writable else Part(False, "can only be read")


def _workers() -> tuple[Worker, ...]:
    """Those that must be there, and any other that has ever reported."""
    now = clock.now()
    beats = {beat.name: beat.at for beat in db.session.scalars(sa.select(Heartbeat))}
    names = [*EXPECTED, *sorted(set(beats) - set(EXPECTED))]
    return tuple(Worker(name, beats.get(name), _is_alive(beats.get(name), now)) for name in names)


def _is_alive(at: datetime | None, now: datetime) -> bool:
    return at is not None and at > now - SILENT


def _told(part: Part) -> dict[str, str]:
    return {"state": "ok" if part.is_well else "bad"} | ({"detail": part.detail} if part.detail else {})
