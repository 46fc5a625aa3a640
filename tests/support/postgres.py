"""A real PostgreSQL server for the tests: Debian's programs in a temporary directory, as user `postgres` under root."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from helpdesk.commands import system
from tests.support import process

MISSING = "PostgreSQL is not installed (apt install postgresql): tests on PostgreSQL are skipped"
# Nothing here must survive a power cut, and 2 cores are busy with the tests themselves.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


# Where the server itself is killed, what it has acknowledged must be there afterwards.
DURABLE = {**SETTINGS, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass
class Postgres:
    """One server. `launch` returns at once: the making of its files runs beside the collecting of tests."""

    directory: Path
    port: int
    server: subprocess.Popen[bytes] | None = None
    settings: Mapping[str, str] = field(default_factory=lambda: SETTINGS)

    @classmethod
    def launch(cls, *, settings: Mapping[str, str] = SETTINGS) -> Postgres | None:
        """None where PostgreSQL's programs are missing."""
        programs = system.postgres_programs()
        if programs is None:
            return None
        server = cls(Path(tempfile.mkdtemp(prefix="helpdesk-postgres-")), process.free_port(), settings=settings)
        server._launch(programs)
        return server

    def crash(self) -> None:
        """It dies, and starts again."""
        self.die()
        self.start_again()

    def die(self) -> None:
        """As if it were shot: every process of it at once, without a word to anybody."""
        if self.server is not None:
            # Read before anybody dies: orphans have no parent to be found by.
            family = [self.server.pid, *_backends(self.server.pid)]
            for one in family:
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            self.server.wait()

    def start_again(self) -> None:
        """On the same port and files."""
        self.server = self._start("exec " + shlex.join(self._run(self._programs())))
        self.ready()

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    def address(self, database: str) -> str:
        """What psycopg takes."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def url(self, database: str) -> str:
        """What DATABASE_URL takes."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def ready(self) -> None:
        """Returns when it takes connections. Raises DidNotStart."""
        if self.server is not None:
            process.wait_until(self._answers, self.server, self.log)

    def create(self, database: str) -> None:
        """An empty database; one of the same name goes."""
        self.drop(database)
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def drop(self, database: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def stop(self) -> None:
        if self.server is not None:
            process.stop(self.server, by=signal.SIGINT)  # "fast": it does not wait for clients
            self.server = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def _launch(self, programs: Path) -> None:
        if _user():
            shutil.chown(self.directory, _user(), _user())
        make = [str(programs / "initdb"), "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8"]
        make += ["--locale=C.UTF-8", "-D", str(self.directory / "data")]
        self.server = self._start(f"{shlex.join(make)} && exec {shlex.join(self._run(programs))}")

    def _run(self, programs: Path) -> list[str]:
        run = [str(programs / "postgres"), "-D", str(self.directory / "data"), "-p", str(self.port)]
        return run + [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]

    def _start(self, script: str) -> subprocess.Popen[bytes]:
        return process.start(["/bin/sh", "-c", script], log=self.log, user=_user(), dies_by=signal.SIGINT)

    def _programs(self) -> Path:
        programs = system.postgres_programs()
        assert programs is not None, "it ran, so it is there"
        return programs

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _user() -> str | None:
    """It refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


def _backends(postmaster: int) -> list[int]:
    """Its processes: each leads a session of its own, so that a signal to the group would miss them."""
    try:
        return [int(child) for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()]
    except OSError:
        return []
