"""SQLite's clock is the machine's, and that may jump. While it is not to be believed, what waits for a time of day is
held: nothing goes out two hours early because somebody set the machine's clock."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import changed, db, is_sqlite
from helpdesk.models import Setting

HELD = "clock_held"  # a setting, there while it is held: {since, apart_seconds}
AHEAD = "clock_ahead"  # a setting: {seconds, start}, what `ClockGuard.ahead` was when it was last believed
MOST_APART = 5.0  # seconds
HELD_FOR = timedelta(minutes=10)  # then the new time is taken for the right one
MOST_DRIFT = 0.01  # seconds a second by which a clock is set right little by little, or merely goes wrong
_START = Path("/proc/sys/kernel/random/boot_id")
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass
class ClockGuard:
    """Compares the wall clock with one that only goes on (both in seconds). `ahead` is by how much the wall clock leads
    when both can be believed: None until the first look."""

    ahead: float | None = None
    held_since: float | None = None  # by the clock that only goes on
    apart: float = field(default=0.0, init=False)
    _looked_at: float | None = field(default=None, init=False)

    @property
    def is_held(self) -> bool:
        return self.held_since is not None

    def look(self, wall: float, steady: float) -> None:
        """One comparison, about once a second."""
        if self.ahead is None:
            self.ahead = wall - steady
        self.apart = wall - steady - self.ahead
        is_apart = abs(self.apart) > MOST_APART
        if self.held_since is None and is_apart:
            self.held_since = steady
        elif self.held_since is not None and not is_apart:
            self.held_since = None
        elif self.held_since is not None and steady - self.held_since >= HELD_FOR.total_seconds():
            self.go_on(wall, steady)
        elif self.held_since is None:
            self._follow(steady)
        self._looked_at = steady

    def go_on(self, wall: float, steady: float) -> None:
        """The wall clock is right as it is now."""
        self.ahead, self.held_since, self.apart = wall - steady, None, 0.0

    def _follow(self, steady: float) -> None:
        """Clocks that differ by little are brought together little by little, so that drift never adds up to a jump."""
        most = MOST_DRIFT * (steady - (steady if self._looked_at is None else self._looked_at))
        self.ahead = (self.ahead or 0.0) + max(-most, min(most, self.apart))


def steady() -> float:
    """Seconds on a clock that only goes on, while the machine sleeps as well; the same in every process."""
    return time.clock_gettime(_STEADY)


@functools.cache
def start() -> str:
    """Which start of the machine this is: with each the steady clock begins anew. "" where nobody tells."""
    return _START.read_text().strip() if _START.exists() else ""


def is_held() -> bool:
    """Must what waits for a time of the clock wait on? Asked of the machine as well, so that nothing slips through
    before the clock process has looked."""
    if not is_sqlite():
        return False
    if db.session.get(Setting, HELD, populate_existing=True) is not None:
        return True
    ahead = remembered()
    return ahead is not None and abs(time.time() - steady() - ahead) > MOST_APART


def since() -> datetime | None:
    """Since when it is held, by the clock as it was then; None while it is believed."""
    row = db.session.get(Setting, HELD, populate_existing=True)
    return None if row is None else datetime.fromisoformat(row.value["since"])


def apart_seconds() -> int:
    """How far the clock has jumped (forward is positive); 0 while it is believed."""
    row = db.session.get(Setting, HELD, populate_existing=True)
    return 0 if row is None else int(row.value["apart_seconds"])


def remembered() -> float | None:
    """By how much the wall clock leads when both are right, as last said since the machine's start."""
    row = db.session.get(Setting, AHEAD, populate_existing=True)
    return None if row is None or row.value.get("start") != start() else float(row.value["seconds"])


def remember(ahead: float) -> None:
    db.session.merge(Setting(name=AHEAD, value={"seconds": ahead, "start": start()}))


def forget() -> None:
    """The clock is right as it is now: somebody says so."""
    db.session.execute(sa.delete(Setting).where(Setting.name == AHEAD))


def hold(apart: float) -> None:
    """For banners, and for those who would let something go. `since` is told in the time before the jump."""
    before = clock.now() - timedelta(seconds=apart)
    value = {"since": before.isoformat(), "apart_seconds": round(apart)}
    db.session.merge(Setting(name=HELD, value=value))


def let_go() -> bool:
    """The clock is believed again: it agrees, somebody says so, or it has gone on for long enough. False: it was."""
    return bool(changed(sa.delete(Setting).where(Setting.name == HELD)))
