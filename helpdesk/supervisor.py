"""Keeps processes alive: starts them in order, starts again what dies, and stops all of them in reverse.

One thread, no process of ours left behind: every child has its own process group and is told to end with us.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

LEASH = Path(__file__).parent / "commands" / "leash.py"
DEATHS, WITHIN = 5, 30.0  # so many deaths in so many seconds, and it is given up
GRACE = 10.0  # seconds that all of them together have to end by themselves
LOG_LIMIT = 20 * 2**20  # bytes; then one older log is kept
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class Stopped(Exception):
    """Somebody asked us to end: Ctrl-C, SIGTERM or a closed terminal."""


class ServiceFailed(Exception):
    """A service keeps dying. Its name, and the end of its log, for people."""


@dataclass(frozen=True)
class Service:
    """A process to keep alive. `environment` is all that it gets."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


@dataclass
class _Running:
    service: Service
    process: subprocess.Popen[bytes]
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    start_at: float | None = None  # monotonic; set while it is dead and waits for its next start


class Supervisor:
    """Use it as a context: leaving it, in whatever way, stops everything that it started."""

    def __init__(self, logs: Path, cwd: Path, say: Callable[[str], None] = print) -> None:
        self.logs, self.cwd, self.say = logs, cwd, say
        self._running: list[_Running] = []
        self._asked = 0  # how many times we were asked to end
        self._wake_reader, self._wake_writer = os.pipe()
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        for end in (self._wake_reader, self._wake_writer):
            os.set_blocking(end, False)
        # What is ignored stays so: `nohup` means that a closed terminal is no reason to end.
        heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._on_signal) for number in heard}
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop_all()
        signal.set_wakeup_fd(-1)
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what signal.signal itself gave us
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    def start(self, service: Service) -> None:
        """Starts `service` and keeps it alive from now on."""
        self._running.append(_Running(service, self._spawn(service, subprocess.STDOUT)))

    def finish(self, service: Service) -> tuple[int, str]:
        """Runs `service` to its end while the others are kept alive. Answers its exit code and standard output (text).

        What it says must fit a pipe (64 kB); its standard error goes to its log. Raises Stopped, ServiceFailed.
        """
        process = self._spawn(service, subprocess.PIPE)
        try:
            while not _has_ended(process):
                self.tend(0.5)
        finally:
            _kill_group(process)
        output, _ = process.communicate()
        return process.returncode, output.decode(errors="replace")

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Asks `condition` until it holds or the time is over, and keeps the others alive. Answers whether it held."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.tend(0.05)
        return True

    def watch(self) -> None:
        """Keeps everything alive until Stopped or ServiceFailed is raised."""
        while True:
            self.tend(60.0)

    def tend(self, seconds: float) -> None:
        """Waits until something happens, at most `seconds`, and deals with it. Raises Stopped, ServiceFailed."""
        starts = [one.start_at - time.monotonic() for one in self._running if one.start_at is not None]
        self._sleep(max(0.0, min([seconds, *starts])))
        if self._asked:
            raise Stopped
        for one in self._running:
            if one.start_at is None and _has_ended(one.process):
                self._lay_to_rest(one)
            elif one.start_at is not None and one.start_at <= time.monotonic():
                one.process, one.start_at = self._spawn(one.service, subprocess.STDOUT), None
            _shorten(self.log_of(one.service))

    def log_of(self, service: Service) -> Path:
        """Where the service's words go."""
        return self.logs / f"{service.name}.log"

    def _spawn(self, service: Service, stdout_or_stderr: int) -> subprocess.Popen[bytes]:
        """`STDOUT`: both streams go to the log; `PIPE`: standard output is ours."""
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid())]
        is_piped = stdout_or_stderr == subprocess.PIPE
        with self.log_of(service).open("ab") as log:
            return subprocess.Popen(
                [*leash, *service.command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if is_piped else log,
                stderr=log,
                cwd=self.cwd,
                env=dict(service.environment),
                start_new_session=True,
            )

    def _lay_to_rest(self, one: _Running) -> None:
        _kill_group(one.process)
        now = time.monotonic()
        one.deaths.append(now)
        if len(one.deaths) == DEATHS and now - one.deaths[0] <= WITHIN:
            raise ServiceFailed(
                f"{one.service.name} died {DEATHS} times in {now - one.deaths[0]:.0f} s, so everything stops. "
                f"The end of {self.log_of(one.service)}:\n{tail(self.log_of(one.service))}"
            )
        recent = sum(1 for death in one.deaths if now - death <= WITHIN)
        one.start_at = now + 0.1 * 2**recent
        how = f"signal {-one.process.returncode}" if one.process.returncode < 0 else f"exit {one.process.returncode}"
        self.say(f"{one.service.name} stopped ({how}) and is started again; see {self.log_of(one.service)}")

    def _stop_all(self) -> None:
        """In reverse. A second request to end does not wait any longer."""
        asked, deadline = self._asked, time.monotonic() + GRACE
        for one in reversed(self._running):
            if one.start_at is None:
                _terminate(one.process)
                limit = max(deadline, time.monotonic() + 1)
                while not _has_ended(one.process) and time.monotonic() < limit and self._asked == asked:
                    self._sleep(min(0.5, max(0.0, limit - time.monotonic())))
                _kill_group(one.process)
        self._running.clear()

    def _sleep(self, seconds: float) -> None:
        """Until a signal comes, a child's end included."""
        if select.select([self._wake_reader], [], [], seconds)[0]:
            os.read(self._wake_reader, 4096)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._asked += 1


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Without reaping it: as long as it is not reaped, its process group's number is nobody else's."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _terminate(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:
        os.kill(process.pid, signal.SIGTERM)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ends the process if it still runs, and everything that it left in its group, then reaps it."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _shorten(log: Path) -> None:
    """Keeps a log from filling the disk. The service appends to the same open file, so that is emptied, not moved."""
    if log.stat().st_size > LOG_LIMIT:
        log.with_suffix(".log.1").write_bytes(log.read_bytes())
        os.truncate(log, 0)
