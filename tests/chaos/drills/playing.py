"""What every drill does: it takes the stage, and notes how long it was there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.chaos.report import Report
from tests.chaos.stage import Play, Stage, stage

ALONE = Play(workers=(), clocks=0)  # the workers' own code runs in the drill's process, step by step


@contextmanager
def playing(report: Report, play: Play = ALONE) -> Iterator[Stage]:
    started = time.monotonic()
    with stage(report.database, play, seed=report.seed) as here:
        yield here
    report.seconds = time.monotonic() - started
