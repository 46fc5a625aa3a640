"""Transactions at the same time, in threads of their own: for what only happens between them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

from helpdesk.db import db, transaction

OVERLAP = 0.15  # seconds for which a transaction stays open, so that the other one meets it
PATIENCE = 30.0

Step = Callable[[], Any]


def in_threads(app: Flask, *works: Step) -> list[Any]:
    """Runs each in a thread and an app context of its own, begun at the same moment. Raises what any of them raised."""
    barrier = threading.Barrier(len(works))

    def run(work: Step) -> Any:
        with app.app_context():
            barrier.wait(PATIENCE)
            return work()

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(run, work) for work in works]
        done = [future.result(PATIENCE) for future in futures]
    db.session.rollback()  # the test sees what they have committed
    return done


def overlapping(app: Flask, first: Step, second: Step) -> None:
    """`second` runs in a transaction of its own after `first` has, and before `first` commits. When it must wait for
    `first`, it does. Raises what any of them raised: a deadlock, too."""
    is_open, is_done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction():
                first()
                db.session.flush()
                is_open.set()
                is_done.wait(OVERLAP)
        finally:
            is_open.set()

    def follow() -> None:
        is_open.wait(PATIENCE)
        try:
            with transaction():
                second()
        finally:
            is_done.set()

    in_threads(app, hold, follow)
