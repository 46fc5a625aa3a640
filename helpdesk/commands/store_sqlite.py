"""SQLite's file, copied while the desk runs, and put back in one step."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from helpdesk import failpoints
from helpdesk.commands import CannotGoOn
from helpdesk.commands.archive import sync_directory

PAGES = 1000  # copied in one step
PAUSE = 0.002  # seconds between two steps: whoever writes is let through
HOLDS_A_DESK = {table: f"SELECT 1 FROM {table} LIMIT 1" for table in ("agent", "inbox", "message")}  # noqa: S608  (ours)


class SqliteStore:
    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def dump(self, to: Path) -> str:
        """Copies one moment of the database, while others write. Answers its migration. Raises CannotGoOn."""
        if not self.path.exists():
            raise CannotGoOn(f"{self.path} is not there: there is nothing to back up.")
        with closing(_connect(self.path)) as source, closing(sqlite3.connect(to)) as copy:
            # Without a snapshot of our own, each write of another process would begin the copy anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=PAGES, sleep=PAUSE)
            source.rollback()
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a journal beside it
            _must_be_sound(copy, to)
            return _migration(copy)

    def is_empty(self) -> bool:
        """Does nobody work here yet?"""
        if not self.path.exists():
            return True
        with closing(_connect(self.path)) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            asked = [query for table, query in HOLDS_A_DESK.items() if table in tables]
            return not any(database.execute(query).fetchone() for query in asked)

    def load(self, dump: Path, afterwards: Sequence[str]) -> None:
        """Makes the dump ready beside the database, then takes its place at once. Raises CannotGoOn."""
        with closing(sqlite3.connect(dump)) as database:
            _must_be_sound(database, dump)
            for statement in afterwards:
                database.execute(statement)
            database.commit()
        with dump.open("rb") as file:
            os.fsync(file.fileno())
        self._retire()
        failpoints.hit("restore.before_commit")
        dump.replace(self.path)
        sync_directory(self.path.parent)

    def _retire(self) -> None:
        """The old database stays beside the new one, under another name. Its journal must not meet the new one."""
        if not self.path.exists():
            return
        aside = self.path.with_name(f"{self.path.name}.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
        try:
            with closing(_connect(self.path)) as database:
                database.execute("PRAGMA journal_mode = DELETE")  # needs that nobody else has it open
        except sqlite3.OperationalError:
            raise CannotGoOn(f"Something still works with {self.path}. Stop every process of the desk first.") from None
        except sqlite3.DatabaseError:  # broken: perhaps why it is to be replaced
            for journal in (Path(f"{self.path}-wal"), Path(f"{self.path}-shm")):
                if journal.exists():
                    journal.replace(journal.with_name(f"{aside.name}{journal.name.removeprefix(self.path.name)}"))
        os.link(self.path, aside)

    @contextmanager
    def beside(self) -> Iterator[Path]:
        """A file from which one can be renamed to the database."""
        path = self.path.with_name(f".{self.path.name}.restoring")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=10, isolation_level=None)


def _must_be_sound(database: sqlite3.Connection, path: Path) -> None:
    try:
        found = database.execute("PRAGMA integrity_check").fetchone()[0]
        broken = database.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise CannotGoOn(f"The copy of the database ({path}) is broken: {error}") from None
    if found != "ok" or broken is not None:
        raise CannotGoOn(f"The copy of the database ({path}) is broken: {found if found != 'ok' else broken}")


def _migration(database: sqlite3.Connection) -> str:
    try:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.OperationalError, TypeError):
        raise CannotGoOn("The database has no migration yet: there is nothing to back up.") from None
