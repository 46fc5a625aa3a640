"""Programs that the tests start: on their own port, and never left behind, whatever ends the tests."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
STOP_SECONDS = 10
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
# To Linux the parent is the thread that forked (prctl(2), PR_SET_PDEATHSIG): one that lives as long as we do.
_starter = ThreadPoolExecutor(1, "starter")


class DidNotStart(Exception):
    """A program of the tests ended or stayed silent; the message has the end of what it said."""


def free_port() -> int:
    """A loopback port that nobody listens at, below the range from which the system gives ports to clients."""
    for _ in range(200):
        port = random.SystemRandom().randrange(15_001, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise DidNotStart("no free port between 15001 and 32000")


def start(
    command: Sequence[str | os.PathLike[str]],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    dies_by: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Starts a program in its own session, so that Ctrl-C reaches only us; it gets `dies_by` when we die in any way."""

    def die_with_parent() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, dies_by)

    def begin() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [os.fspath(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env=None if environment is None else dict(environment),
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                preexec_fn=die_with_parent,  # after the change of user, which would clear it
            )

    return _starter.submit(begin).result()


def stop(process: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM) -> None:
    """Ends it with all that it started; with force when it does not end by itself in STOP_SECONDS."""
    if process.poll() is None:
        process.send_signal(by)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the children that it did not end itself
            process.wait()


def wait_until(
    is_ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float = START_SECONDS
) -> None:
    """Waits until `is_ready`. Raises DidNotStart with the log's last lines."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            ended = f"ended with {process.returncode}" if process.returncode is not None else "is silent"
            said = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
            raise DidNotStart(f"{process.args!r} {ended}:\n{said}")
        time.sleep(0.01)


def answers(port: int) -> bool:
    """Does somebody accept connections at this loopback port?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
