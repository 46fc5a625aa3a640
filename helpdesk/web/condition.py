"""The desk's condition: what it depends on, each with its state and a word of why. The health pages, `flask doctor`
and the console's banners all look here."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import clock, queue, schema
from helpdesk.db import db, is_sqlite
from helpdesk.domain import notices, upkeep
from helpdesk.domain.notices import Notices
from helpdesk.models import Heartbeat
from workers import heartbeat

FRESH = 2.0  # seconds for which a look is good enough for pages
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
    waits_for: str = ""  # why it is there and takes no work


@dataclass(frozen=True)
class Condition:
    database: Part
    migrations: Part
    redis: Part
    workers: tuple[Worker, ...]
    disk: Part = Part(True)
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
        parts = (self.redis, self.storing, self.disk)
        is_whole = all(part.is_well for part in parts) and all(worker.is_well for worker in self.workers)
        return "ready" if is_whole else "degraded"

    def as_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "database": _told(self.database if not self.database.is_well else self.storing),
            "migrations": _told(self.migrations),
            "redis": _told(self.redis),
            "disk": _told(self.disk),
            "workers": {
                "state": "ok" if all(worker.is_well for worker in self.workers) else "silent",
                "last_heartbeat": {worker.name: worker.at and worker.at.isoformat() for worker in self.workers},
                "waiting": {worker.name: worker.waits_for for worker in self.workers if worker.waits_for},
            },
        }


def look() -> Condition:
    """Asks each part now."""
    redis = Part(False, "does not answer; the sweeps do its work") if queue.is_away() else Part(True)
    try:
        migrations, storing = _migrations(), _storing()
        workers = _workers() if schema.found() else ()
        known = notices.now() if migrations.is_well else Notices()
    except SQLAlchemyError:  # away is what this page is there to say
        db.session.rollback()
        away = Part(False, "does not answer")
        return Condition(away, Part(False, "unknown"), redis, (), _disk())
    return Condition(Part(True), migrations, redis, workers, _disk(), storing, known)


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


def _disk() -> Part:
    problem = current_app.extensions["disk"].problem()
    return Part(not problem, problem)


def _migrations() -> Part:
    problem = schema.mismatch()
    return Part(False, problem) if problem else Part(True, schema.newest())


def _storing() -> Part:
    """A database that can only be read (a stand-by, a full or a locked disk) still shows its last state."""
    if is_sqlite():
        path = db.engine.url.database or ""
        is_writable = os.access(path, os.W_OK) and os.access(os.path.dirname(path) or ".", os.W_OK)
    else:
        is_writable = db.session.execute(sa.text("SHOW transaction_read_only")).scalar_one() == "off"
    return Part(True) if is_writable else Part(False, "can only be read")


def _workers() -> tuple[Worker, ...]:
    """Those that must be there, and any other that has reported and is not forgotten yet (`upkeep.forget_silent`)."""
    now = clock.now()
    beats = {beat.name: beat.at for beat in db.session.scalars(sa.select(Heartbeat))}
    waiting = upkeep.waiting(within=SILENT)
    names = [*heartbeat.EXPECTED, *sorted({*beats, *waiting} - set(heartbeat.EXPECTED))]
    return tuple(
        Worker(name, beats.get(name), _is_alive(beats.get(name), now) and name not in waiting, waiting.get(name, ""))
        for name in names
    )


def _is_alive(at: datetime | None, now: datetime) -> bool:
    return at is not None and at > now - SILENT


def _told(part: Part) -> dict[str, str]:
    return {"state": "ok" if part.is_well else "bad"} | ({"detail": part.detail} if part.detail else {})
