"""A real PostgreSQL server for the tests: Debian's programs in a temporary directory, as user `postgres` under root."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
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


@dataclass
class Postgres:
    """One server. `launch` returns at once: the making of its files runs beside the collecting of tests."""

    directory: Path
    port: int
    server: subprocess.Popen[bytes] | None = None

    @classmethod
    def launch(cls) -> Postgres | None:
        """None where PostgreSQL's programs are missing."""
        programs = system.postgres_programs()
        if programs is None:
            return None
        server = cls(Path(tempfile.mkdtemp(prefix="helpdesk-postgres-")), process.free_port())
        server._launch(programs)
        return server

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
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(self.directory, user, user)
        data = self.directory / "data"
        make = [str(programs / "initdb"), "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8"]
        make += ["--locale=C.UTF-8", "-D", str(data)]
        run = [str(programs / "postgres"), "-D", str(data), "-p", str(self.port)]
        run += [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        script = f"{shlex.join(make)} && exec {shlex.join(run)}"
        self.server = process.start(["/bin/sh", "-c", script], log=self.log, user=user, dies_by=signal.SIGINT)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
