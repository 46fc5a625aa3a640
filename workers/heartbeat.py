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
from workers import gate
from workers.ending import Ending

log = structlog.get_logger(__name__)
EVERY = 5.0  # seconds; as often it is asked whether the database fits again


def name_of(child: str, number: int = 1) -> str:
    """How the `number`th child of a kind is called: "worker live", "worker live 2", "clock"."""
    name = f"worker {child}" if child in QUEUES else child
    return name if number == 1 else f"{name} {number}"


EXPECTED = tuple(name_of(child) for child in (*QUEUES, "clock"))  # a whole desk has these, and may have more


def start(app: Flask, name: str, ending: Ending) -> None:
    """The first beat at once, since no work may be taken before code and database were compared; the others in a thread
    of its own until the end."""
    beat(app, name)

    def run() -> None:
        while not ending.wait(EVERY):
            beat(app, name)

    threading.Thread(target=run, name="heartbeat", daemon=True).start()


def beat(app: Flask, name: str) -> None:
    """One sign of life, or the word why no work is taken. A database that is away is no reason to die: the silence
    tells."""
    with app.app_context():
        try:
            problem = gate.look()
            with transaction():
                if problem:
                    upkeep.waits(name, why=problem)
                else:
                    upkeep.beat(name, pid=os.getpid())
        except SQLAlchemyError as error:
            log.warning("no sign of life could be written", process=name, error=type(error).__name__)
            db.session.rollback()
