"""The killer: `kill -9` at random moments to random processes, and a note of who left a claim behind."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import psycopg

from helpdesk.secrets import holder
from tests.chaos import cast
from tests.chaos.stage import Stage

MEAN = 0.4  # seconds between two kills
YOUTH, CHILDS_YOUTH = 8.0, 1.5  # seconds
SPARED = 0.8  # the share of those holding nothing that get away, so that many who hold something are met
TOKENS = (
    "SELECT token FROM ledger WHERE state = 'new' AND lease_until IS NOT NULL"
    " UNION ALL SELECT token FROM outbox WHERE state IN ('claimed', 'calling')"
    " UNION ALL SELECT token FROM consumer WHERE lease_until IS NOT NULL"
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
            self._strike()

    def _strike(self) -> None:
        grown = self.stage.cast.pids().items()
        victims = [(pid, kind) for pid, kind in grown if kind not in self.spares and cast.age(pid) > _youth(kind)]
        if not victims:
            return
        tokens = self._tokens()
        weights = [1.0 if _holds(pid, tokens) else 1.0 - SPARED for pid, _ in victims]
        pid, kind = self.stage.random.choices(victims, weights)[0]
        if cast.kill(pid):
            self.kills[kind] += 1
            self.with_claim[kind] += _holds(pid, self._tokens())  # what it has left behind

    def _tokens(self) -> Sequence[str]:
        """Of all claims that are held; none while the database is away."""
        try:
            if self.stage.postgres is not None:
                address = self.stage.settings.database_url.replace("+psycopg", "")
                with psycopg.connect(address, connect_timeout=1, autocommit=True) as connection:
                    return [token for (token,) in connection.execute(TOKENS)]
            path = self.stage.settings.database_url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)) as connection:
                return [token for (token,) in connection.execute(TOKENS)]
        except (psycopg.Error, sqlite3.Error):
            return ()


def _holds(pid: int, tokens: Sequence[str]) -> bool:
    return any(token.startswith(holder(pid)) for token in tokens)
