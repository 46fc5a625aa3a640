"""Counting what leaves no row of its own (a forged webhook, a refused handshake), true over all processes of `web`.

Each process adds up in memory and puts its sums into the table `counter`, at most every five seconds and before each
scrape that it answers: an attacker costs no write per request, and any process tells a scrape the same. What a process
has counted since its last sum is told once it counts or is scraped again; a crash loses at most that.
"""

from __future__ import annotations

import time
from collections import Counter as Sums
from threading import Lock

import structlog
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.db import db, write_lock
from helpdesk.domain import tallies

EVERY = 5.0  # seconds

log = structlog.get_logger(__name__)
_lock = Lock()
_sums: Sums[str] = Sums()
_told_at = float("-inf")  # monotonic


def count(name: str, **labels: str) -> None:
    """One more. `labels` are few and ours, never a customer's text: `count("webhooks", channel=…, answer="401")`."""
    with _lock:
        _sums[tallies.key(name, labels)] += 1
        is_due = time.monotonic() - _told_at >= EVERY
    if is_due and "on_commit" not in db.session().info:  # inside a transaction the write lock is taken
        settle()


def settle() -> None:
    """Adds this process's sums to the table. When the database is away they stay here until it is back."""
    global _told_at
    with _lock:
        sums, _told_at = dict(_sums), time.monotonic()
        _sums.clear()
    if not sums:
        return
    try:
        _add(sums)
    except SQLAlchemyError as error:
        log.warning("tally_kept", error=type(error).__name__)
        with _lock:
            _sums.update(sums)


def _add(sums: dict[str, int]) -> None:
    """In a connection of its own: the request's session is not touched."""
    with write_lock(), db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        tallies.add(sums, to=connection)
