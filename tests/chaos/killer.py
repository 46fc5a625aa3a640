"""The killer: `kill -9` at random moments to random processes, and a note of who held a claim in that moment."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

import psycopg

from helpdesk.secrets import holder
from tests.chaos import cast
from tests.chaos.stage import Stage

MEAN = 0.4  # seconds between two kills
YOUTH, CHILDS_YOUTH = 8.0, 1.5  # seconds
SPARED = 0.7  # the share of those holding nothing that get away, so that many who hold something are met
HELD = (
    "SELECT (SELECT count(*) FROM ledger WHERE state = 'new' AND lease_until IS NOT NULL AND token LIKE {mark})"
    " + (SELECT count(*) FROM outbox WHERE state IN ('claimed', 'calling') AND token LIKE {mark})"
    " + (SELECT count(*) FROM consumer WHERE lease_until IS NOT NULL AND token LIKE {mark})"
)


def _youth(kind: str) -> float:
    """Seconds of life that everybody gets: who is shot while he is being born never works, and nothing is proved."""
    return CHILDS_YOUTH if kind.startswith("worker") else YOUTH


@dataclass
class Killer:
    """`kills` by kind of process; `with_claim` those that hit one that held a claim. It rests as soon as `has_enough`
    says so: what comes after must be able to come to an end."""

    stage: Stage
    mean: float = MEAN
    spares: tuple[str, ...] = ()
    kills: Counter[str] = field(default_factory=Counter)
    with_claim: Counter[str] = field(default_factory=Counter)
    has_enough: Callable[[Killer], bool] = lambda killer: False
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(10)

    @property
    def claims_hit(self) -> int:
        return sum(self.with_claim.values())

    def _run(self) -> None:
        while not self._over.wait(self.stage.random.expovariate(1 / self.mean)) and not self.has_enough(self):
            for _ in range(20):  # until somebody is met who may be killed
                if self._strike():
                    break

    def _strike(self) -> bool:
        grown = self.stage.cast.pids().items()
        victims = [(pid, kind) for pid, kind in grown if kind not in self.spares and cast.age(pid) > _youth(kind)]
        if not victims:
            return True
        pid, kind = self.stage.random.choice(victims)
        held = cast.paused(pid, lambda: self._held(pid))
        if held is None:
            return False
        if not held and self.stage.random.random() < SPARED:
            cast.resume(pid)
            return False
        if cast.kill(pid):
            self.kills[kind] += 1
            self.with_claim[kind] += bool(held)
        return True

    def _held(self, pid: int) -> int:
        """How many claims the database knows of this process; 0 while the database is away."""
        mark = holder(pid) + "%"
        try:
            if self.stage.postgres is not None:
                address = self.stage.settings.database_url.replace("+psycopg", "")
                with psycopg.connect(address, connect_timeout=1, autocommit=True) as connection:
                    row = connection.execute(HELD.format(mark="%(mark)s"), {"mark": mark}).fetchone()
            else:
                path = self.stage.settings.database_url.removeprefix("sqlite:///")
                with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)) as connection:
                    row = connection.execute(HELD.format(mark=":mark"), {"mark": mark}).fetchone()
        except (psycopg.Error, sqlite3.Error):
            return 0
        return int(row[0]) if row else 0
