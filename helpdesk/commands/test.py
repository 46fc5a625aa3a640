"""`test …`: every test, with the programs that they need. Further arguments go to pytest."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from helpdesk.commands import ROOT, VAR, system

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def main(arguments: list[str]) -> int:
    """Answers pytest's exit code (5 when there was no test), or 1 when the tests left a process behind."""
    install_programs()
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(VAR / "cache" / "hypothesis")
    workers = (os.cpu_count() or 2) + 1  # one may wait for a page or a platform
    spread = ["-n", str(workers), "--dist", "worksteal"]  # some tests take a minute: they must not all wait behind one
    return leaving_nothing_behind([sys.executable, "-m", "pytest", *spread, *arguments])


def leaving_nothing_behind(command: Sequence[str]) -> int:
    """Runs the command. Answers its exit code, or 1 when it left a process behind."""
    adopt_orphans()
    code = _wait(subprocess.Popen(command, cwd=ROOT))
    left = end_orphans()
    for process in left:
        print(f"The tests left a process behind: {process}", file=sys.stderr)
    return code or (1 if left else 0)


def install_programs() -> None:
    """Adds Chromium and PostgreSQL where they lack and this user may; otherwise says in one line what is skipped."""
    log = VAR / "log" / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    missing = missing_packages()
    if missing:
        print(f"Installing {', '.join(missing)} (once) …", flush=True)
        if "postgresql" in missing:
            system.forbid_main_cluster()
        system.apt_install(missing, log)
    if missing := missing_packages():
        tests = {"chromium": "browser", "postgresql": "PostgreSQL", "fonts-noto-color-emoji": "emoji"}
        skipped = " and ".join(tests[package] for package in missing)
        print(f"Skipping the {skipped} tests: run `apt install {' '.join(missing)}` as root for them.", flush=True)


def missing_packages() -> list[str]:
    """Debian's names of what the tests would use and this machine lacks."""
    has = {
        "chromium": system.chromium() is not None,
        "fonts-noto-color-emoji": system.EMOJI_FONT.exists(),
        "postgresql": system.postgres_programs() is not None,
    }
    return [package for package, is_there in has.items() if not is_there]


def adopt_orphans() -> None:
    """From now on a process whose parent ended becomes our child, so that none can hide (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_orphans(patience: float = 5.0) -> list[str]:
    """Ends our children, and theirs, that are still there after `patience` seconds. Answers what they were."""
    deadline = time.monotonic() + patience
    while _children() and time.monotonic() < deadline:
        time.sleep(0.05)
    left = []
    while children := _children():
        for child in children:
            left.append(_command_line(child))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return left


def _wait(tests: subprocess.Popen[bytes]) -> int:
    """Until the tests end; orphans that end before are reaped, else they would look alive to a test."""
    while True:
        try:
            process, status = os.wait()
        except KeyboardInterrupt:  # Ctrl-C reaches pytest too, and it closes what it opened
            continue
        if process == tests.pid:
            return os.waitstatus_to_exitcode(status)


def _children() -> list[int]:
    """Children that still run; those that ended are reaped."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                break
        except ChildProcessError:
            return []
    return [int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _command_line(process: int) -> str:
    words = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return f"{process} {words}"
