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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import logs
from helpdesk.app import create_app
from helpdesk.db import db
from helpdesk.queue import QUEUES
from workers import clock, heartbeat, taking, upkeep

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


@dataclass(frozen=True)
class Child:
    """`process` is its own name: two of a kind give signs of life each for itself."""

    kind: str
    process: str


def numbered(names: Sequence[str]) -> list[Child]:
    """A child for each name; the second of a kind is called so."""
    return [Child(name, heartbeat.name_of(name, names[:place].count(name) + 1)) for place, name in enumerate(names)]


class Parent:
    """Starts a child for each name, and again when it dies before it was told to stop."""

    def __init__(self, app: Flask, names: list[str]) -> None:
        self.app = app
        self.names = names
        self.children: dict[int, Child] = {}
        self.is_stopping = False

    def watch(self) -> int:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for child in numbered(self.names):
            self._fork(child)
        while self.children:
            try:
                pid, status = os.wait()
            except ChildProcessError:
                break
            dead = self.children.pop(pid) if pid in self.children else None
            if dead and not self.is_stopping:
                log.error("a worker died and is started again", process=dead.process, status=status)
                time.sleep(RESTART_AFTER)
            if dead and not self.is_stopping:  # we may have been told meanwhile
                self._fork(dead, after=pid)
        return 0

    def _fork(self, child: Child, after: int = 0) -> None:
        """`after`: the dead one whose place it takes."""
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self.children[pid] = child
            if self.is_stopping:  # told while it was being born: nobody else tells it
                os.kill(pid, signal.SIGTERM)
            return
        code = 1
        try:
            _die_with(parent)
            _be_called(child.kind)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent tells us in turn
            if after:
                _inherit(self.app, after)
            logs.bind(process=child.process)
            _work(self.app, child)
            code = 0
        except Exception:  # the last frame of this process: what is not logged here is never seen
            log.exception("a worker failed", process=child.process)
        finally:
            logging.shutdown()
            os._exit(code)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_stopping = True
        for pid in list(self.children):
            os.kill(pid, signal.SIGTERM)


def _work(app: Flask, child: Child) -> None:
    run: Callable[[Flask, str], None] = clock.run if child.kind == "clock" else taking.from_queue(child.kind)
    run(app, child.process)


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
