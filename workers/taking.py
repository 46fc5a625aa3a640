"""A child that takes RQ jobs from exactly one queue (with two, RQ loses a job when the worker dies in between)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from helpdesk import logs, queue
from workers import crew, heartbeat

log = structlog.get_logger(__name__)
REDIS_AGAIN = 1.0  # seconds


class Worker(SimpleWorker):
    """Runs a job in an app context of its own. While Redis is away it asks once a second: the clock does the work."""

    exponential_backoff_factor = 1.0
    app: Flask

    def perform_job(self, job: Job, *more: Any) -> bool:
        with self.app.app_context(), logs.bound(job_id=job.id, ring=job.description):
            return super().perform_job(job, *more)


def from_queue(name: str) -> Callable[[Flask, str], None]:
    """A function that takes jobs from this queue until SIGTERM, as the process of the name that it is given; a job that
    runs is finished first."""

    def run(app: Flask, process: str) -> None:
        stopped = threading.Event()
        heartbeat.start(app, process, stopped)
        try:
            _take(app, name)
        finally:
            crew.wait(seconds=10)
            stopped.set()

    return run


def _take(app: Flask, name: str) -> None:
    pause = threading.Event()
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    while True:
        try:
            worker(app, name).work(logging_level="WARNING")
            return
        except (RedisError, OSError, ValueError) as error:  # ValueError: the embedded server is not there yet
            log.warning("Redis is away; the clock does this queue's work", queue=name, error=str(error))
            pause.wait(REDIS_AGAIN)


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
