"""The clock: looks each second what is due, rings for it, and does the work itself while Redis is away.

One is active per site, by a lease in the database; the others stand by."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import failpoints, queue
from helpdesk.db import db, reading, transaction
from helpdesk.domain import upkeep as desk
from helpdesk.secrets import claim_token
from workers import (
    crew,
    delivery,
    gate,
    heartbeat,
    indexing,
    intake,
    media,
    profiles,
    progress,
    scheduling,
    signs,
    steadiness,
    upkeep,
)
from workers.ending import Ending

log = structlog.get_logger(__name__)

TICK = 1.0  # seconds
LEASE = timedelta(seconds=10)
RENEWED_EVERY = 3  # ticks

# What a bell's name stands for when nobody can be rung.
DRAINS: Mapping[str, Callable[[], object]] = {
    "intake": intake.drain,
    "scheduling": scheduling.drain,
    "delivery": delivery.drain,
    "media": media.drain,
    "profiles": profiles.drain,
    "signs": signs.drain,
    "indexing": indexing.drain,
}
# What is due and the clock does itself.
OWN: Mapping[str, Callable[[], None]] = {"outbox": upkeep.settle_outbox, "snoozed": upkeep.wake_tickets}
# Duties and how many ticks lie between two of them.
DUTIES: Mapping[Callable[[], None], int] = {
    upkeep.drop_pending_changes: 3600,
    upkeep.forget_uploads: 3600,
    upkeep.forget_sign_ins: 3600,
    upkeep.learn_what_is_usual: 3600,
    upkeep.forget_named_writes: 3600,
    upkeep.forget_processes: 600,
}


def run(app: Flask, process: str, ending: Ending) -> None:
    """Ticks until the end, as the process of this name."""
    heartbeat.start(app, process, ending)
    token, is_active, ticks, hands = claim_token(), False, 0, Hands(app)
    watch = steadiness.Watch()
    while not ending.wait(TICK):
        with app.app_context(), progress.work():
            try:
                gate.look()
                if gate.is_open():
                    upkeep.free_claims_of_the_dead()
                if gate.is_open() and (ticks % RENEWED_EVERY == 0 or not is_active):
                    is_active = _lease(token)
                failpoints.hit("clock.leased")
                if gate.is_open() and is_active:
                    watch.look()
                    tick(ticks, hands)
            except SQLAlchemyError as error:
                log.warning("the clock waits for the database", error=type(error).__name__)
                db.session.rollback()
        ticks += 1
    hands.wait(ending)
    _give_back(app, token)


def tick(ticks: int, hands: Hands) -> None:
    """One look: the outbox's leases, what is due, the duties."""
    reading()
    due = desk.due()
    for name in sorted(due & OWN.keys()):
        OWN[name]()
        failpoints.hit("clock.settled")
    for name in sorted(due & DRAINS.keys()):
        if not queue.ring(name):
            hands.do(name)
    for duty, every in DUTIES.items():
        if ticks % every == every - 1:
            duty()


class Hands:
    """The clock's own threads, one for each drain, for as long as Redis is away."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.threads: dict[str, threading.Thread] = {}

    def do(self, name: str) -> None:
        """Runs the drain unless it runs already."""
        running = self.threads.get(name)
        if running is None or not running.is_alive():
            self.threads[name] = threading.Thread(target=self._drain, args=(name,), name=name, daemon=True)
            self.threads[name].start()

    def wait(self, ending: Ending | None = None) -> None:
        """Until the running drains are done; at an end, as long as there is time left."""
        for thread in self.threads.values():
            thread.join(ending.left() if ending else None)
        crew.wait(ending.left() if ending else None)

    def _drain(self, name: str) -> None:
        with self.app.app_context(), progress.work():
            try:
                DRAINS[name]()
            except SQLAlchemyError as error:
                log.warning("a drain waits for the database", task=name, error=type(error).__name__)


def _give_back(app: Flask, token: str) -> None:
    """The lease, so that a successor need not wait for its end."""
    with app.app_context():
        try:
            with transaction():
                desk.release("clock", token=token)
        except SQLAlchemyError as error:
            log.warning("the lease is left to its end", error=type(error).__name__)


def _lease(token: str) -> bool:
    with transaction():
        return desk.lease("clock", token=token, lasts=LEASE)
