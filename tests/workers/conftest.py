"""Workers beside the test's own desk: on its database, its queue server and its make-believe platform."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import process
from tests.support.desk import Desk
from tests.support.running import environment


@dataclass
class Workers:
    """One parent and its children; `said` is their log."""

    parent: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")


@pytest.fixture
def start_workers(desk: Desk, tmp_path: Path) -> Iterator[Callable[..., Workers]]:
    """`start_workers("live", "clock", FAILPOINT="…")`: real processes, whose patience is short."""
    started: list[Workers] = []

    def start(*names: str, **more: str) -> Workers:
        log = tmp_path / f"workers-{len(started)}.log"
        command = [sys.executable, "-m", "tests.workers.impatient", *names]
        parent = process.start(command, log=log, environment=environment(desk.settings) | more)
        started.append(Workers(parent, log))
        return started[-1]

    yield start
    for workers in started:
        process.stop(workers.parent)
