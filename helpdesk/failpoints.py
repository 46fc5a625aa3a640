"""Places where a test of resilience may kill or stop the process. Without the variable FAILPOINT nothing happens.

FAILPOINT is `name:action`, several separated by commas; actions: `kill` (like a power cut), `raise`, `sleep:SECONDS`,
`spin` (a C call that never returns and holds up every thread).
A number after the name passes that many visits first: `intake.before_commit@3:kill`; of `@3-90` each process draws its
own number. When FAILPOINT_LOG names a file, each action adds the line `name pid` to it before it happens.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time


class Failpoint(Exception):
    """Raised where a test asked for it."""


def _parse(text: str) -> dict[str, tuple[str, int, int]]:
    """{"name": (action, fewest visits to pass, most)}"""
    points = {}
    for item in filter(None, text.split(",")):
        place, _, action = item.partition(":")
        name, _, passes = place.partition("@")
        least, _, most = (passes or "0").partition("-")
        points[name.strip()] = (action.strip(), int(least), int(most or least))
    return points


_points = _parse(os.environ.get("FAILPOINT", ""))


def hit(name: str) -> None:
    """Marks a place. Costs one look at an empty dictionary unless a test set FAILPOINT before the start."""
    if not _points or name not in _points:
        return
    action, least, most = _points[name]
    left = random.randint(least, most)
    if left > 0:
        _points[name] = (action, left - 1, left - 1)
        return
    _note(name)
    _act(name, action)


def _note(name: str) -> None:
    """One write to a file opened for appending: processes may share it, and a kill right after loses nothing."""
    if not (log := os.environ.get("FAILPOINT_LOG")):
        return
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{name} {os.getpid()}\n".encode())
    finally:
        os.close(file)


def _act(name: str, action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action.startswith("sleep:"):
        time.sleep(float(action.removeprefix("sleep:")))
    elif action == "spin":
        re.match(r"(?:a+)+$", "a" * 64 + "b")
    elif action == "raise":
        raise Failpoint(name)
    else:
        raise ValueError(f"FAILPOINT: {name} has the unknown action {action!r}")
