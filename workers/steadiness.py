"""The clock process looks each second whether the machine's clock has jumped (on SQLite, which has no other)."""

from __future__ import annotations

import time

import structlog

from helpdesk.db import is_sqlite, reading, transaction
from helpdesk.domain import clock_guard
from helpdesk.domain.clock_guard import ClockGuard

log = structlog.get_logger(__name__)

WORTH_WRITING = 1.0  # seconds by which the clocks have drifted since it was last written down


class Watch:
    """Keeps the guard's word in the database, where everybody who works by the clock asks for it."""

    def __init__(self) -> None:
        self._guard: ClockGuard | None = None

    def look(self, wall: float | None = None, steady: float | None = None) -> None:
        """One look, at these readings or at the machine's own (seconds)."""
        if not is_sqlite():
            return
        wall = time.time() if wall is None else wall
        steady = clock_guard.steady() if steady is None else steady
        reading()
        is_written, remembered = clock_guard.since() is not None, clock_guard.remembered()
        if self._guard is None:  # whoever looked before us was ended meanwhile, perhaps before they could notice
            self._guard = ClockGuard(remembered, steady if is_written else None)
        elif self._guard.is_held and not is_written:
            self._guard.go_on(wall, steady)  # an owner has said so
        self._guard.look(wall, steady)
        self._write(self._guard, is_written, remembered)

    def _write(self, guard: ClockGuard, is_written: bool, remembered: float | None) -> None:
        if guard.is_held and not is_written:
            log.error("this machine's clock has jumped: what waits for a time is held", count=round(guard.apart))
            with transaction():
                clock_guard.hold(guard.apart)
        elif not guard.is_held:
            ahead = guard.ahead or 0.0
            if is_written or remembered is None or abs(ahead - remembered) > WORTH_WRITING:
                with transaction():
                    clock_guard.remember(ahead)
                    clock_guard.let_go()
            if is_written:
                log.info("this machine's clock is believed again")
