"""Signs of life: each worker writes its name, pid and time, so that people see a silent one."""

from __future__ import annotations

import os
import threading

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.db import db, transaction
from helpdesk.domain import upkeep
from helpdesk.queue import QUEUES

log = structlog.get_logger(__name__)
EVERY = 5.0  # seconds


def name_of(child: str, number: int = 1) -> str:
    """How the `number`th child of a kind is called: "worker live", "worker live 2", "clock"."""
    name = f"worker {child}" if child in QUEUES else child
    return name if number == 1 else f"{name} {number}"


EXPECTED = tuple(name_of(child) for child in (*QUEUES, "clock"))  # a whole desk has these, and may have more


def start(app: Flask, name: str, stopped: threading.Event) -> None:
    """Beats in a thread of its own until `stopped`."""

    def run() -> None:
        while True:
            beat(app, name)
            if stopped.wait(EVERY):
                return

    threading.Thread(target=run, name="heartbeat", daemon=True).start()


def beat(app: Flask, name: str) -> None:
    """One sign of life. A database that is away is no reason to die: the silence tells."""
    with app.app_context():
        try:
            with transaction():
                upkeep.beat(name, pid=os.getpid())
        except SQLAlchemyError as error:
            log.warning("no sign of life could be written", process=name, error=type(error).__name__)
            db.session.rollback()
