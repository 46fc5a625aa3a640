"""A virtual environment that holds exactly what a lock file names. Needs the standard library alone."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpdesk.commands import VAR, CannotGoOn
from helpdesk.commands.system import apt_install

BASE_PYTHON: str = getattr(sys, "_base_executable", "") or sys.executable  # also when a venv's Python runs us
LOG = VAR / "log" / "install.log"
NO_PIP = "Python has no pip here: run `apt install python3-venv`, then this command again."


@dataclass(frozen=True)
class Venv:
    """The environment at `path` for the packages in `lock`."""

    path: Path
    lock: Path

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def _stamp(self) -> Path:
        return self.path / "helpdesk.stamp"

    def is_running(self) -> bool:
        """Is this very process its Python?"""
        return Path(sys.prefix).resolve() == self.path.resolve()

    def is_fresh(self) -> bool:
        """Was it finished for this lock and this Python?"""
        return self._stamped() == self._wanted() and self.python.exists()

    def ensure(self) -> Path:
        """Makes or freshens it, once however many ask at the same time. Answers its Python. Raises CannotGoOn."""
        if self.is_fresh():
            return self.python
        with _alone(self.path):
            if not self.is_fresh():
                self._make()
        return self.python

    def _make(self) -> None:
        wanted = self._wanted()
        LOG.write_bytes(b"")
        print(f"Installing packages into {self.path} (once) …", flush=True)
        if self._stamped()[1:] != wanted[1:] or not self.python.exists():
            shutil.rmtree(self.path, ignore_errors=True)  # another Python's, or never finished
        self._stamp.unlink(missing_ok=True)
        ways = (self._with_uv, self._with_ensurepip, self._with_the_systems_pip, self._with_apt)
        if not any(way() for way in ways):
            raise CannotGoOn(NO_PIP)
        self._stamp.write_text("\n".join(wanted))

    def _with_uv(self) -> bool:
        uv = shutil.which("uv")
        if not uv:
            return False
        made = self.python.exists() or _succeeds([uv, "venv", "--python", BASE_PYTHON, str(self.path)])
        sync = [uv, "pip", "sync", "--python", str(self.python), "--require-hashes", "--compile-bytecode"]
        return made and _succeeds([*sync, str(self.lock)])  # where uv knows another index than pip, pip may still do

    def _with_ensurepip(self) -> bool:
        if not _succeeds([str(self.python), "-m", "pip", "--version"]):
            shutil.rmtree(self.path, ignore_errors=True)
            if not _succeeds([BASE_PYTHON, "-m", "venv", str(self.path)]):
                return False
        self._install([str(self.python), "-m", "pip"])
        return True

    def _with_the_systems_pip(self) -> bool:
        shutil.rmtree(self.path, ignore_errors=True)
        if not _succeeds([BASE_PYTHON, "-m", "venv", "--without-pip", str(self.path)]):
            return False
        pip = [BASE_PYTHON, "-m", "pip", "--python", str(self.python)]
        if not _succeeds([*pip, "--version"]):
            return False
        self._install(pip)
        return True

    def _with_apt(self) -> bool:
        return apt_install(["python3-venv"], LOG) and self._with_ensurepip()

    def _install(self, pip: Sequence[str]) -> None:
        if not _succeeds([*pip, "install", "--require-hashes", "--progress-bar=off", "-r", str(self.lock)]):
            raise CannotGoOn(f"The packages could not be installed: {_last_error()} ({LOG} has all of it)")

    def _wanted(self) -> list[str]:
        """The stamp of a finished environment: its lock's hash, then the Python that it was made with."""
        return [hashlib.sha256(self.lock.read_bytes()).hexdigest(), platform.python_version(), sys.base_prefix]

    def _stamped(self) -> list[str]:
        try:
            return self._stamp.read_text().split("\n")
        except OSError:
            return []


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Holds the lock beside `path`. Raises CannotGoOn where nothing can be written."""
    try:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        raise CannotGoOn(
            f"{error.filename or path.parent} cannot be written: {error.strerror}. "
            "Run this from a checkout that belongs to this user."
        ) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _succeeds(command: Sequence[str]) -> bool:
    """Runs `command` with its output in the log and every cache below `var`."""
    cache = VAR / "cache"
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")} | {
        "PIP_CACHE_DIR": str(cache / "pip"),
        "UV_CACHE_DIR": str(cache / "uv"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
    }
    with LOG.open("ab") as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, check=False
            )
        except OSError as error:
            log.write(f"{error}\n".encode())
            return False
    return done.returncode == 0


def _last_error() -> str:
    lines = LOG.read_text(errors="replace").splitlines()
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["no word of why"])[-1].removeprefix("ERROR: ")
