"""What drills have in common: they take the stage and note how long they were there; some want commits to be slow."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from helpdesk.db import db
from tests.chaos.report import Report
from tests.chaos.stage import Play, Stage, stage

ALONE = Play(workers=(), clocks=0)  # the workers' own code runs in the drill's process, step by step
SLOWEST = 0.01  # seconds that a commit may take


@contextmanager
def playing(report: Report, play: Play = ALONE) -> Iterator[Stage]:
    started = time.monotonic()
    with stage(report.database, play, seed=report.seed) as here:
        yield here
    report.seconds = time.monotonic() - started


@contextmanager
def slow_commits(chance: random.Random) -> Iterator[None]:
    """Every commit takes a moment, each another, as on a disk that has other work."""

    def wait(_: object) -> None:
        time.sleep(chance.uniform(0, SLOWEST))

    sa.event.listen(db.session, "before_commit", wait)
    try:
        yield
    finally:
        sa.event.remove(db.session, "before_commit", wait)
