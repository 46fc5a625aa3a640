"""A machine whose clock jumps: what the stage's processes take for the time of day. Clocks that only go on, sleeps and
files' times stay right (libfaketime of PyPI; Debian's breaks `time.sleep` on Python 3.11)."""

from __future__ import annotations

import importlib.util
import random
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

HOURS = 2
LASTS = 3.0  # seconds until it is set right again
_LIBRARY = "vendor/libfaketime/src/libfaketime.so.1"


def can() -> bool:
    """Only Linux has what is needed."""
    return sys.platform == "linux"


def environment(directory: Path) -> Mapping[str, str]:
    """For a process whose clock `Jumps` of this directory sets."""
    _write(_file(directory), 0)
    return {
        "LD_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(_file(directory)),
        "FAKETIME_CACHE_DURATION": "1",  # seconds; to read the file with every look at the clock takes half a core
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # else threads that wait for each other wake up seconds late
        "NO_FAKE_STAT": "1",
    }


class Jumps:
    """Two hours on and back again, two hours back and on again, each at a moment drawn within its half of `within`
    seconds."""

    def __init__(self, directory: Path, chance: random.Random, *, within: float) -> None:
        self._file, self.done = _file(directory), 0
        self._half, self._over = within / 2, threading.Event()
        deeds = [HOURS, -HOURS]
        chance.shuffle(deeds)
        self._plan = [(chance.uniform(0.2, 0.6) * self._half, hours) for hours in deeds]
        self._thread = threading.Thread(target=self._run, name="jumps", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Stops; the clock is right afterwards."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(10)
        _write(self._file, 0)

    def _run(self) -> None:
        for wait, hours in self._plan:
            if self._over.wait(wait):
                return
            _write(self._file, hours)
            self.done += 1
            self._over.wait(LASTS)
            _write(self._file, 0)
            self._over.wait(self._half - wait - LASTS)


def _file(directory: Path) -> Path:
    return directory / "clock"


def _write(file: Path, hours: int) -> None:
    """At once for whoever reads: never half of it."""
    draft = file.with_suffix(".new")
    draft.write_text(f"{hours:+d}h\n")
    draft.replace(file)


def _library() -> Path:
    found = importlib.util.find_spec("libfaketime")
    assert found is not None, "it is in the tests' lock"
    assert found.origin is not None, "it is a package"
    return Path(found.origin).parent / _LIBRARY
