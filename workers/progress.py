"""What the threads of a child are at, and since when: written to memory that its parent reads. A child that is stuck
cannot say so itself: a C call that never returns holds up its every thread."""

from __future__ import annotations

import mmap
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

from helpdesk.db import db, waiting

SLOTS = 64  # threads that are watched
_SIZE = 8  # bytes of a double


class Board:
    """One mark a thread: when (monotonic, the same in every process) it began or went on; 0 when it does nothing."""

    def __init__(self) -> None:
        self.marks = memoryview(mmap.mmap(-1, SLOTS * _SIZE)).cast("d")

    def stuck_for(self) -> float:
        """Seconds since the slowest thread went on with what it has begun; 0.0 when there is none."""
        begun = [mark for mark in self.marks if mark]
        return time.monotonic() - min(begun) if begun else 0.0


_board: Board | None = None
_free = deque(range(SLOTS))
_mine = threading.local()


def shown_on(board: Board, app: Flask) -> None:
    """From here on this process marks its progress there. Each transaction begun or ended is progress by itself."""
    global _board
    _board = board
    with app.app_context():
        for event in ("begin", "commit"):
            sa.event.listen(db.engine, event, _went_on)
    waiting[:] = [_rest]


@contextmanager
def work() -> Iterator[None]:
    """This thread does something that must go on."""
    board = _board
    if board is None or not _free or getattr(_mine, "slot", None) is not None:
        yield
        return
    _mine.slot = _free.popleft()
    went_on()
    try:
        yield
    finally:
        board.marks[_mine.slot] = 0.0
        _free.append(_mine.slot)
        _mine.slot = None


def went_on() -> None:
    """A step of it is done: for work that asks others' machines twice without the database in between."""
    slot = getattr(_mine, "slot", None)
    if _board is not None and slot is not None:
        _board.marks[slot] = time.monotonic()


@contextmanager
def _rest() -> Iterator[None]:
    """Whoever waits for a stuck one to let go of the database is not stuck."""
    slot = getattr(_mine, "slot", None)
    if _board is not None and slot is not None:
        _board.marks[slot] = 0.0
    yield
    went_on()


def _went_on(_connection: object) -> None:
    went_on()
