"""A child that takes RQ jobs from exactly one queue (with two, RQ loses a job when the worker dies in between)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker, WorkerStatus
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import logs, queue
from helpdesk.db import db
from workers import crew, gate, heartbeat, progress
from workers.ending import Ending

log = structlog.get_logger(__name__)
REDIS_AGAIN = 1.0  # seconds


class Worker(SimpleWorker):
    """Runs a job in an app context of its own. While Redis is away it asks once a second: the clock does the work."""

    exponential_backoff_factor = 1.0
    app: Flask

    def perform_job(self, job: Job, *more: Any) -> bool:
        with self.app.app_context(), progress.work(), logs.bound(job_id=job.id, ring=job.description):
            _compare()
            return super().perform_job(job, *more)

    def end(self) -> None:
        """From within the signal's handler. RQ's own speaks with Redis there, and its errors would hit the job."""
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested
        self._stop_requested = True

    def _install_signal_handlers(self) -> None:
        """Ours are there already."""


def from_queue(name: str) -> Callable[[Flask, str, Ending], None]:
    """A function that takes jobs from this queue until the end, as the process of the name that it is given; what runs
    is finished first."""

    def run(app: Flask, process: str, ending: Ending) -> None:
        heartbeat.start(app, process, ending)
        try:
            _take(app, name, ending)
        except StopRequested:
            log.debug("told to end while it waited", queue=name)
        finally:
            crew.wait(ending.left())

    return run


def _take(app: Flask, name: str, ending: Ending) -> None:
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    while not ending.is_asked:
        try:
            taker = worker(app, name)
            ending.then = taker.end
            if not ending.is_asked:  # told before we said what to do then
                taker.work(logging_level="WARNING")
            return
        except (RedisError, OSError, ValueError) as error:  # ValueError: the embedded server is not there yet
            log.warning("Redis is away; the clock does this queue's work", queue=name, error=str(error))
            ending.wait(REDIS_AGAIN)


def worker(app: Flask, name: str) -> Worker:
    """One that takes from this queue, on a line of its own. Raises RedisError, OSError or ValueError."""
    connection = queue.blocking_connection()
    made = Worker(
        [Queue(name, connection=connection, serializer=JSONSerializer)],
        connection=connection,
        serializer=JSONSerializer,
        log_job_description=False,
    )
    made.app = app
    return made


def _compare() -> None:
    """A migration may have run since the last heartbeat."""
    try:
        gate.look()
    except SQLAlchemyError as error:  # the job itself will say so
        log.warning("the database's migration is unknown", error=type(error).__name__)
        db.session.rollback()
