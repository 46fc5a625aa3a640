"""Drains that share a worker take turns: a thousand photos must not hold up a reaction, nor a thousand webhooks what is
due now."""

from __future__ import annotations

import time
from collections.abc import Callable

from helpdesk import queue
from workers import gate

TURN = 5.0  # seconds
WHILE_OTHERS_WAIT = 0.5  # seconds


def take(bell: str, step: Callable[[], bool]) -> int:
    """Does `step` until it finds nothing to do, or for a turn, which is short while others wait: then it rings again
    and stands behind them. Answers how often it found something."""
    queue.answered(bell)
    begun = time.monotonic()
    done = 0
    while gate.is_open() and step():
        done += 1
        turn = time.monotonic() - begun
        if turn > TURN or (turn > WHILE_OTHERS_WAIT and queue.others_wait(bell)):
            queue.ring(bell)
            break
    return done
