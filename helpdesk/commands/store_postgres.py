"""A PostgreSQL database, through PostgreSQL's own programs: dumped as of one moment, put back in one transaction."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from helpdesk import failpoints
from helpdesk.commands import CannotGoOn, system
from helpdesk.commands.store_sqlite import HOLDS_A_DESK

# Our own BEGIN and COMMIT: psql's --single-transaction would commit the half that it got before we were killed.
BEFORE = "BEGIN; SET LOCAL lock_timeout = '10s'; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"
AFTER = "\nSET search_path = public;\n"


class PostgresStore:
    kind = "postgresql"

    def __init__(self, url: str) -> None:
        self._url: URL = make_url(url).set(drivername="postgresql")

    def dump(self, to: Path) -> str:
        """One moment of the database, in PostgreSQL's custom format. Answers its migration. Raises CannotGoOn."""
        with self._connected() as connection:
            migration = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if migration is None:
            raise CannotGoOn("The database has no migration yet: there is nothing to back up.")
        command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={to}"]
        done = subprocess.run(
            [*command, self._address], env=self._environment, stderr=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            raise CannotGoOn(f"pg_dump could not copy the database: {_last(done.stderr)}")
        return str(migration[0])

    def is_empty(self) -> bool:
        """Does nobody work here yet?"""
        with self._connected() as connection:
            for table in HOLDS_A_DESK:
                there = connection.execute("SELECT to_regclass(%s)", [f"public.{table}"]).fetchone()
                rows = sql.SQL("SELECT 1 FROM public.{} LIMIT 1").format(sql.Identifier(table))
                if there and there[0] and connection.execute(rows).fetchone():
                    return False
        return True

    def load(self, dump: Path, afterwards: Sequence[str]) -> None:
        """Everything, or nothing at all. Raises CannotGoOn."""
        self._must_be_alone()
        with tempfile.TemporaryFile() as said:
            restoring = subprocess.Popen(
                [_program("pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(dump)],
                stdout=subprocess.PIPE,
                stderr=said,
            )
            applying = subprocess.Popen(
                [
                    _program("psql"),
                    "-X",
                    "-q",
                    "-v",
                    "ON_ERROR_STOP=1",
                    "-f",
                    "-",
                    self._address,
                ],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
            is_whole = _fed(restoring, applying, afterwards)
            if not is_whole:
                said.seek(0)
                raise CannotGoOn(f"Nothing was changed: {_last(said.read().decode(errors='replace'))}")

    @contextmanager
    def beside(self) -> Iterator[Path]:
        """A file for the dump."""
        with tempfile.TemporaryDirectory(prefix="helpdesk-restore-") as directory:
            yield Path(directory) / "dump"

    def _must_be_alone(self) -> None:
        others = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        with self._connected() as connection:
            found = connection.execute(others).fetchone()
        if found and found[0]:
            raise CannotGoOn(
                f"Something still works with the database ({found[0]} connections). "
                "Stop every process of the desk first."
            )

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        try:
            address = self._url.render_as_string(hide_password=False)
            with psycopg.connect(address, connect_timeout=10) as connection:
                yield connection
        except psycopg.Error as error:
            raise CannotGoOn(f"The database cannot be used: {_last(str(error))}") from None

    @property
    def _address(self) -> str:
        """Without the password, which every user of the machine could read in the list of processes."""
        return "--dbname=" + self._url.set(password=None).render_as_string(hide_password=False)

    @property
    def _environment(self) -> dict[str, str]:
        password = self._url.password
        return {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}


def _fed(restoring: subprocess.Popen[bytes], applying: subprocess.Popen[bytes], afterwards: Sequence[str]) -> bool:
    """Hands on what the one writes to the other, between what is before and after. Answers whether it is committed."""
    assert restoring.stdout is not None
    assert applying.stdin is not None
    try:
        applying.stdin.write(BEFORE.encode())
        _copy(restoring.stdout, applying.stdin)
        if restoring.wait() == 0:
            applying.stdin.write((AFTER + "".join(f"{statement};\n" for statement in afterwards)).encode())
            applying.stdin.flush()
            failpoints.hit("restore.before_commit")
            applying.stdin.write(b"COMMIT;\n")
            applying.stdin.close()
            return applying.wait() == 0
    except BrokenPipeError:  # psql has met an error, and has said so
        restoring.kill()
    finally:
        for process in (restoring, applying):
            if process.poll() is None:
                process.kill()
            process.wait()
    return False


def _copy(source: IO[bytes], to: IO[bytes]) -> None:
    shutil.copyfileobj(source, to)


def _program(name: str) -> str:
    found = system.postgres_client(name)
    if found is None:
        raise CannotGoOn(f"PostgreSQL's program {name} is missing: apt install postgresql-client")
    return str(found)


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
