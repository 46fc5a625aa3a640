"""How a worker ends: SIGTERM closes the gate, what runs has some seconds to finish, and then the process is gone."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from types import FrameType

from workers import gate

FINISH_WITHIN = 8.0  # seconds; whoever started us waits for ten


class Ending:
    """`is_asked` once SIGTERM or SIGINT has come. Any thread may wait for it; a pipe, since a signal that comes while
    its own thread holds an Event's lock would never get it."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self.is_asked = False
        self._over_at = 0.0  # monotonic
        self.then: Callable[[], None] = lambda: None  # what else is to be told, from within the signal's handler

    def listen(self, *numbers: signal.Signals) -> None:
        for number in numbers:
            signal.signal(number, self._asked)

    def wait(self, seconds: float) -> bool:
        """Until it is asked for, at most so long. Answers whether it was."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def left(self) -> float:
        """Seconds that are left to finish."""
        return max(0.0, self._over_at - time.monotonic())

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        if not self.is_asked:
            self.is_asked, self._over_at = True, time.monotonic() + FINISH_WITHIN
            gate.close(gate.ENDING)
            os.write(self._writer, b".")
        self.then()
