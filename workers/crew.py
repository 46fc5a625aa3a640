"""Threads of a worker for work that waits for others' machines: each goes on claiming, and the job that started them
ends at once, so that whoever rings next finds the worker free. One slow host holds up nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any, Generic, TypeVar

import structlog
from flask import Flask, current_app

from helpdesk import logs, queue
from workers import gate, progress

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Crew(Generic[T]):
    """Up to `size` threads that `claim` (None: nothing is due) and `work`. `bell` is what they answer to."""

    everybody: list[Crew] = []  # noqa: RUF012  (to be waited for at the end)

    def __init__(self, bell: str, size: int, *, claim: Callable[[], T | None], work: Callable[[T], None]) -> None:
        self.bell, self.size = bell, size
        self._claim, self._work = claim, work
        self._free = threading.BoundedSemaphore(size)
        self._running: set[Future[None]] = set()
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        Crew.everybody.append(self)

    def drain(self) -> None:
        """Starts a thread for each thing that is due, as far as threads are free, and returns while they work."""
        queue.answered(self.bell)
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        while gate.is_open() and self._free.acquire(blocking=False):
            claimed = None
            try:
                claimed = self._claim()
            finally:  # a database that is away must not use up the threads
                if claimed is None:
                    self._free.release()
            if claimed is None:
                return
            self._start(app, claimed)

    def wait(self, seconds: float | None = None) -> None:
        """Until all that runs now is done, or `seconds` are over."""
        with self._lock:
            running = set(self._running)
        wait_for(running, timeout=seconds)

    def _start(self, app: Flask, claimed: T) -> None:
        with self._lock:
            # Made here and not at import: threads do not survive a fork.
            self._pool = self._pool or ThreadPoolExecutor(self.size, thread_name_prefix=self.bell)
            future = self._pool.submit(self._run, app, claimed, structlog.contextvars.get_contextvars())
            self._running.add(future)
        future.add_done_callback(self._ended)

    def _ended(self, future: Future[None]) -> None:
        self._free.release()
        with self._lock:
            self._running.discard(future)
        error = future.exception()
        if error is not None:
            log.error("a thread failed", task=self.bell, exc_info=error)

    def _run(self, app: Flask, claimed: T | None, marks: Mapping[str, Any]) -> None:
        """One thing after the other, until nothing is due. `marks` stand in what is logged: the job that began it."""
        with logs.bound(**marks), queue.answering(self.bell):
            while claimed is not None:
                with app.app_context(), progress.work():
                    self._work(claimed)
                    claimed = self._claim() if gate.is_open() else None


def wait(seconds: float | None = None) -> None:
    """Until every crew of this process is done, at most so long."""
    deadline = None if seconds is None else time.monotonic() + seconds
    for crew in Crew.everybody:
        crew.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
