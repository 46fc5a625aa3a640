"""Signs of life: each worker writes its name, pid and time, so that people see a silent one."""

from __future__ import annotations

import os
import threading

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.db import db, transaction
from helpdesk.domain import upkeep

log = structlog.get_logger(__name__)
EVERY = 5.0  # seconds


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
