"""Drains that share a worker take turns: a thousand photos must not hold up a reaction."""

from __future__ import annotations

import time
from collections.abc import Callable

from helpdesk import queue
from workers import gate

TURN = 5.0  # seconds


def take(bell: str, step: Callable[[], bool]) -> int:
    """Does `step` until it finds nothing to do, or for a turn: then it rings again and stands behind the others.
    Answers how often it found something."""
    queue.answered(bell)
    ends = time.monotonic() + TURN
    done = 0
    while gate.is_open() and step():
        done += 1
        if time.monotonic() > ends:
            queue.ring(bell)
            break
    return done
