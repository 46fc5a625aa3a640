"""The parent of the workers: forks a child for each name, starts again what dies, ends what is stuck."""

from __future__ import annotations

import ctypes
import faulthandler
import logging
import os
import resource
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import logs
from helpdesk.db import db
from workers import clock, heartbeat, progress, taking, upkeep
from workers.ending import Ending
from workers.progress import Board

log = structlog.get_logger(__name__)

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # linux/prctl.h
LOOK_EVERY = 0.1  # seconds; who died is back at once
RESTART_AFTER = 0.2  # seconds, for one that has died young: it may do so again
YOUNG = 5.0  # seconds
STUCK = 60.0  # seconds in which a thread that works must have gone on; a platform may take 30 for its answer
LAST_WORDS = 1.0  # seconds that a stuck child has to write down where it is
OTHERS_GO_ON = 3.0  # seconds after that in which nobody else is taken for stuck
MOST_MEMORY = 2**30  # bytes of addresses; who needs more is broken, and must not take the machine along
# Who yields to whom while the machine is busy: what was sent to us and what has its time, then answers, then the rest.
NICE = {"delivery": 5, "bulk": 10}
ENDED_WITHIN = 9.0  # seconds from SIGTERM on; then children are not waited for any longer


@dataclass
class Child:
    """`process` is its own name: two of a kind give signs of life each for itself."""

    kind: str
    process: str
    board: Board = field(default_factory=Board)
    born: float = field(default_factory=time.monotonic)

    @property
    def is_young(self) -> bool:
        return time.monotonic() - self.born < YOUNG


def numbered(names: Sequence[str]) -> list[Child]:
    """A child for each name; the second of a kind is called so."""
    return [Child(name, heartbeat.name_of(name, names[:place].count(name) + 1)) for place, name in enumerate(names)]


class Parent:
    """`watch` starts a child for each name, and again when it dies before we are told to end."""

    def __init__(self, app: Flask, names: list[str]) -> None:
        self.app = app
        self.names = names
        self.children: dict[int, Child] = {}
        self.ending = Ending()
        self.patient_until = 0.0  # monotonic

    def watch(self) -> int:
        """Until SIGTERM or SIGINT. Answers the exit code."""
        self.ending.listen(signal.SIGTERM, signal.SIGINT)
        for child in numbered(self.names):
            self._fork(child)
        while not self.ending.wait(LOOK_EVERY):
            self._end_stuck()
            died = self._reap()
            for _, child, status in died:
                log.error("a worker died and is started again", process=child.process, status=status)
            if any(child.is_young for _, child, _ in died) and self.ending.wait(RESTART_AFTER):
                break
            for _, child, _ in died:
                self._fork(Child(child.kind, child.process))
        self._end_all()
        return 0

    def _reap(self) -> list[tuple[int, Child, int]]:
        """Those that have ended, with how."""
        ended = []
        for pid in list(self.children):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                ended.append((pid, self.children.pop(pid), status))
        return ended

    def _end_stuck(self) -> None:
        """One at a time, the worst first: others may only have waited for what it holds. Its row comes back by its
        lease, and has been counted: one that does this three times is put aside."""
        if not self.children or time.monotonic() < self.patient_until:
            return
        pid, child = max(self.children.items(), key=lambda one: one[1].board.stuck_for())
        if child.board.stuck_for() <= STUCK:
            return
        log.error("a worker is stuck and is ended", process=child.process, pid=pid)
        os.kill(pid, signal.SIGUSR1)  # it writes down where each of its threads is
        time.sleep(LAST_WORDS)
        os.kill(pid, signal.SIGKILL)
        self.patient_until = time.monotonic() + OTHERS_GO_ON

    def _end_all(self) -> None:
        deadline = time.monotonic() + ENDED_WITHIN
        for pid in self.children:
            os.kill(pid, signal.SIGTERM)
        while self.children and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.02)
        for pid, child in self.children.items():
            log.error("a worker did not end by itself", process=child.process, pid=pid)
            os.kill(pid, signal.SIGKILL)

    def _fork(self, child: Child) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self.children[pid] = child
            return
        code = 1
        try:
            _die_with(parent)
            _be_called(child.kind)
            logs.bind(process=child.process)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent tells us in turn
            _work(self.app, child)
            code = 0
        except Exception:  # the last frame of this process: what is not logged here is never seen
            log.exception("a worker failed", process=child.process)
        finally:
            logging.shutdown()
            os._exit(code)


def _work(app: Flask, child: Child) -> None:
    ending = Ending()
    ending.listen(signal.SIGTERM)
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, most))
    os.nice(NICE.get(child.kind, 0))
    progress.shown_on(child.board, app)
    _inherit(app)
    run: Callable[[Flask, str, Ending], None] = clock.run if child.kind == "clock" else taking.from_queue(child.kind)
    run(app, child.process, ending)


def _inherit(app: Flask) -> None:
    """Frees what dead ones held: it may take the place of one. While the database is away, the leases will do."""
    with app.app_context():
        try:
            upkeep.free_claims_of_the_dead()
        except SQLAlchemyError as error:
            log.warning("claims of a dead worker wait for their leases", error=type(error).__name__)
            db.session.rollback()


def _be_called(name: str) -> None:
    """What `ps -o comm` and `top` show, to tell the children apart."""
    ctypes.CDLL(None).prctl(PR_SET_NAME, f"helpdesk-{name}"[:15].encode(), 0, 0, 0)


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked to be told
        os._exit(1)
