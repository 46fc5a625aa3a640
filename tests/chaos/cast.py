"""The processes on the stage: each is kept alive, and any of them may be killed at any moment by its pid."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import process

AGAIN_AFTER = 0.2  # seconds
LOOKS_EVERY = 0.05
SOON = 0.25


@dataclass
class Member:
    """One process that is kept alive. `points` are the failpoints that it may be told to die at, each with how often
    it is visited for one message."""

    name: str
    kind: str
    command: Sequence[str]
    environment: Mapping[str, str]
    points: Mapping[str, float] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None
    starts: int = 0


@dataclass
class Cast:
    """`passes`: how many visits a failpoint lets pass before it kills, drawn between these two; None: none kills."""

    directory: Path
    random: random.Random
    passes: tuple[int, int] | None = None
    members: list[Member] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _keeper: threading.Thread | None = None

    def add(self, member: Member) -> None:
        with self._lock:
            self.members.append(member)
            self._start(member)

    def keep(self) -> None:
        """From now on whoever dies is started again."""
        self._keeper = threading.Thread(target=self._keep, name="cast", daemon=True)
        self._keeper.start()

    def spare(self) -> None:
        """The faults are over: failpoints kill nobody any more; those who have some are started anew, gently."""
        with self._lock:
            self.passes = None
            for member in self.members:
                if member.points and member.running is not None:
                    process.stop(member.running)
                    self._start(member)

    def pids(self) -> dict[int, str]:
        """Every process of the cast, children included, with what it is: "web", "worker live", "clock" …"""
        found: dict[int, str] = {}
        for member in list(self.members):
            if member.running is None or member.running.poll() is not None:
                continue
            found[member.running.pid] = member.kind
            for child in children(member.running.pid):
                found[child] = _told(child, member.kind)
        return found

    def hits(self) -> Counter[str]:
        """How often each failpoint has killed somebody."""
        log = self.directory / "failpoints.log"
        return Counter(line.split()[0] for line in log.read_text().splitlines()) if log.exists() else Counter()

    def close(self) -> None:
        """Ends all of them, children before anything else can be born of them."""
        self.is_over.set()
        if self._keeper is not None:
            self._keeper.join(10)
        for member in self.members:
            if member.running is not None and member.running.poll() is None:
                member.running.send_signal(signal.SIGTERM if member.kind != "web" else signal.SIGQUIT)
        for member in self.members:
            if member.running is not None:
                process.stop(member.running)

    def _keep(self) -> None:
        while not self.is_over.wait(LOOKS_EVERY):
            with self._lock:
                dead = [one for one in self.members if one.running is not None and one.running.poll() is not None]
            for member in dead:
                if self.is_over.wait(AGAIN_AFTER):
                    return
                with self._lock:
                    if member.running is not None and member.running.poll() is not None:
                        self._start(member)

    def _start(self, member: Member) -> None:
        member.starts += 1
        environment = {**member.environment, "FAILPOINT": self._points(member)}
        log = self.directory / f"{member.name}.log"
        member.running = process.start(member.command, log=log, environment=environment, dies_by=signal.SIGKILL)

    def _points(self, member: Member) -> str:
        if self.passes is None or not member.points:
            return member.environment.get("FAILPOINT", "")  # a play may give its own
        hits = self.hits()
        unreached = {point: often for point, often in member.points.items() if point not in hits}
        armed = unreached or member.points  # each once, and soon, before any kills again
        share = SOON if unreached else 1.0
        return ",".join(f"{point}@{_range(self.passes, often * share)}:kill" for point, often in armed.items())


def _range(passes: tuple[int, int], often: float) -> str:
    least, most = (max(1, round(number * often)) for number in passes)
    return f"{least}-{max(most, least + 2)}"


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _told(pid: int, kind: str) -> str:
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return kind
    return f"worker {name.removeprefix('helpdesk-')}" if name.startswith("helpdesk-") else kind


def age(pid: int) -> float:
    """Seconds since it was born; 0 when it is gone."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0.0
    return float(Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


def kill(pid: int) -> bool:
    """SIGKILL; False when it was gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
