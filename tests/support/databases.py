"""An empty desk's database for each test: on SQLite a copy of a file, on PostgreSQL one database emptied again.

The schema is made once in each process of the tests, by the migrations themselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
import pytest
from psycopg import sql

from tests.support import desk
from tests.support.postgres import MISSING, Postgres

SQLITE, POSTGRES = "sqlite", "postgres"


@dataclass
class Databases:
    """`name` tells the databases of several test processes on one server apart."""

    directory: Path
    _server: Callable[[], Postgres | None]
    name: str
    _template: Path | None = None
    _is_postgres_made: bool = False
    # What the migrations themselves put in: {table: rows}
    _seed: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def empty(self, kind: str) -> str:
        """DATABASE_URL, always the same, of a migrated database that is empty now. Skips where there is none of it."""
        return self._postgres_url() if kind == POSTGRES else self._sqlite_url()

    def for_running_desk(self, kind: str) -> str:
        """DATABASE_URL of a database that stays for the whole session. Skips where the kind is not to be had."""
        if kind == SQLITE:
            return self._copied(self.directory / "running")
        server = self._server()
        if server is None:
            pytest.skip(MISSING)
        name = f"{self.name}_running"
        server.create(name)
        migrate(server.url(name), self.directory)
        return server.url(name)

    def close(self) -> None:
        server = self._server() if self._is_postgres_made else None
        if server is not None:
            server.drop(self.name)

    def _sqlite_url(self) -> str:
        return self._copied(self.directory / "desk")

    def _copied(self, directory: Path) -> str:
        if self._template is None:
            path = self.directory / "template.db"
            migrate(f"sqlite:///{path}", self.directory)
            self._template = path
        shutil.rmtree(directory, ignore_errors=True)  # with the journal that belonged to the old one
        directory.mkdir()
        shutil.copy(self._template, directory / "helpdesk.db")
        return f"sqlite:///{directory / 'helpdesk.db'}"

    def _postgres_url(self) -> str:
        server = self._server()
        if server is None:
            pytest.skip(MISSING)
        url = server.url(self.name)
        if self._is_postgres_made:
            self._empty_postgres(server)
            return url
        server.create(self.name)
        migrate(url, self.directory)
        with psycopg.connect(server.address(self.name)) as connection:
            self._seed = {table: _rows(connection, table) for table in _tables(connection)}
        self._is_postgres_made = True
        return url

    def _empty_postgres(self, server: Postgres) -> None:
        """Deletes instead of TRUNCATE: for some thirty nearly empty tables that is ten times faster."""
        with psycopg.connect(server.address(self.name)) as connection:
            connection.execute(  # a connection that a failed test left inside a transaction would hold us up
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys meanwhile
            for table, rows in self._seed.items():
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                for row in rows:
                    values = sql.SQL(", ").join(sql.Placeholder() * len(row))
                    connection.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(table), values), row)


def migrate(url: str, directory: Path) -> None:
    """Runs every migration on the database at `url`."""
    from helpdesk import migrating  # late: tests that need no desk do without all of it
    from helpdesk.app import create_app

    # Alembic names each step at "info", which nobody wants to read before a table of figures.
    settings = desk.settings(database_url=url, data_dir=directory / "migrating", LOG_LEVEL="warning")
    app = migrating.attach(create_app(settings))
    with app.app_context():
        flask_migrate.upgrade()
        desk.dispose()
    if url.startswith("sqlite"):
        for suffix in ("-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)


def _tables(connection: psycopg.Connection) -> list[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [name for (name,) in found]


def _rows(connection: psycopg.Connection, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()
