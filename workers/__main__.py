"""`python -m workers [live delivery bulk clock]`: one parent imports the app and forks a child for each name.

Forked children share the app's memory (measured: 112 MB for three against 300 MB apart). They die with the parent."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.app import create_app
from helpdesk.db import db
from helpdesk.queue import QUEUES
from workers import clock, taking, upkeep

log = structlog.get_logger(__name__)

CHILDREN = (*QUEUES, "clock")
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # linux/prctl.h
RESTART_AFTER = 1.0  # seconds


def main(names: list[str]) -> int:
    """Forks and watches the children until SIGTERM or SIGINT. Answers the exit code."""
    unknown = sorted(set(names) - set(CHILDREN))
    if unknown:
        print(f"workers: there is no {', '.join(unknown)}; there are: {', '.join(CHILDREN)}", file=sys.stderr)
        return 2
    app = create_app()
    with app.app_context():
        db.engine.dispose()
    gc.collect()
    gc.freeze()
    return Parent(app, names or usual(app)).watch()


def usual(app: Flask) -> list[str]:
    """One child for each name; on PostgreSQL two that take in, since they wait for its answers most of the time. On
    SQLite they would only wait for each other."""
    return [*CHILDREN] if app.extensions["settings"].is_sqlite else ["live", *CHILDREN]


class Parent:
    """Starts a child for each name, and again when it dies before it was told to stop."""

    def __init__(self, app: Flask, names: list[str]) -> None:
        self.app = app
        self.names = names
        self.children: dict[int, str] = {}
        self.is_stopping = False

    def watch(self) -> int:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for name in self.names:
            self._fork(name)
        while self.children:
            try:
                pid, status = os.wait()
            except ChildProcessError:
                break
            name = self.children.pop(pid, "")
            if name and not self.is_stopping:
                log.error("a worker died and is started again", process=name, status=status)
                time.sleep(RESTART_AFTER)
            if name and not self.is_stopping:  # we may have been told meanwhile
                self._fork(name, after=pid)
        return 0

    def _fork(self, name: str, after: int = 0) -> None:
        """`after`: the dead one whose place it takes."""
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self.children[pid] = name
            if self.is_stopping:  # told while it was being born: nobody else tells it
                os.kill(pid, signal.SIGTERM)
            return
        code = 1
        try:
            _die_with(parent)
            _be_called(name)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent tells us in turn
            if after:
                _inherit(self.app, after)
            _work(self.app, name)
            code = 0
        except Exception:  # the last frame of this process: what is not logged here is never seen
            log.exception("a worker failed", process=name)
        finally:
            logging.shutdown()
            os._exit(code)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_stopping = True
        for pid in list(self.children):
            os.kill(pid, signal.SIGTERM)


def _work(app: Flask, name: str) -> None:
    run: Callable[[Flask], None] = clock.run if name == "clock" else taking.from_queue(name)
    run(app)


def _inherit(app: Flask, pid: int) -> None:
    """Frees what the dead one held. While the database is away, the leases will do."""
    with app.app_context():
        try:
            upkeep.free_claims(pid)
        except SQLAlchemyError as error:
            log.warning("claims of a dead worker wait for their leases", error=type(error).__name__)
            db.session.rollback()


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked to be told
        os._exit(1)


def _be_called(name: str) -> None:
    """What `ps -o comm` and `top` show, to tell the children apart."""
    ctypes.CDLL(None).prctl(PR_SET_NAME, f"helpdesk-{name}"[:15].encode(), 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
