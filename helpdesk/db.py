"""The database: its base class and column types, and `transaction()`, the one visible commit point."""

from __future__ import annotations

import enum
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session, registry

from helpdesk import failpoints

SQLITE_BUSY_SECONDS = 10


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC time, on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are aware: a naive one has no meaning here")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
# Enums are stored by value as text; the fixed length keeps a new member from being a migration.
EnumText = sa.Enum(
    enum.Enum,
    native_enum=False,
    create_constraint=False,
    length=40,
    values_callable=lambda members: [member.value for member in members],
)

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every model inherits."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            int: Id,
            str: sa.Text(),
            datetime: UtcDateTime(),
            dict[str, Any]: Json,
            list[Any]: Json,
            enum.Enum: EnumText,
        },
    )


db = SQLAlchemy(metadata=Base.metadata)

# Workers put a context here: what surrounds the wait for one's turn to write, which is no work.
waiting: list[Callable[[], AbstractContextManager[None]]] = [nullcontext]
# create_app puts events.number here: what must be the last statement of a transaction.
before_commit: list[Callable[[Session], None]] = []


def pool(url: str) -> dict[str, Any]:
    """How many of a process's threads may be in the database at once; the rest wait their turn. A connection that
    PostgreSQL has closed in the meantime is noticed before it is used."""
    return {
        "pool_size": 16,
        "max_overflow": 8,
        "pool_timeout": 10,
        "pool_pre_ping": url.startswith("postgresql"),
        "hide_parameters": True,
    }


def init_app(app: Flask) -> None:
    """Binds the database to the app and teaches SQLite what PostgreSQL does by itself."""
    db.init_app(app)
    with app.app_context():
        if is_sqlite():
            _prepare_sqlite(db.engine)


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of work: write lock, block, numbers for its events, commit, then what was put off with `on_commit`."""
    session = db.session()
    if "on_commit" in session.info:
        raise RuntimeError("transactions do not nest: only an entry point opens one")
    session.rollback()  # ends the reads before it: SQLite cannot upgrade a read
    callbacks: list[Callable[[], None]] = []
    session.info.update(on_commit=callbacks, events=[], held=set(), now=[])
    try:
        with write_lock():
            try:
                session.connection(execution_options={"writes": True})
                yield
                session.flush()
                for number in before_commit:
                    number(session)
                session.commit()
            except BaseException:
                session.rollback()
                raise
    finally:
        for key in ("on_commit", "events", "held", "now"):
            session.info.pop(key, None)
    failpoints.hit("transaction.committed")
    for callback in callbacks:
        callback()


def on_commit(callback: Callable[[], None]) -> None:
    """Puts `callback` off until the running transaction is committed; it is dropped when that fails."""
    db.session().info["on_commit"].append(callback)


def reading() -> None:
    """Ends the session's snapshot: the next read sees what others have committed. Never inside `transaction()`."""
    db.session.rollback()


@contextmanager
def write_lock() -> Iterator[None]:
    """SQLite: one writer at a time, in the order in which they came (its own busy handler is not fair: measured waits
    of 5 s). PostgreSQL: nothing."""
    path = _lock_path()
    if path is None:
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with waiting[0]():
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def changed(statement: sa.UpdateBase) -> int:
    """Runs an UPDATE, DELETE or INSERT; answers how many rows it changed. Of an INSERT SQLAlchemy forgets the number
    (psycopg: -1) unless it is told to keep it."""
    result: Any = db.session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(result.rowcount)


def insert_or_ignore(table: sa.Table | type[Base]) -> Any:
    """INSERT … ON CONFLICT DO NOTHING on either database; the caller adds `.values()` and may add `.returning()`."""
    if is_sqlite():
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _lock_path() -> Path | None:
    path: Path | None = current_app.extensions.get("sqlite_lock")
    return path


def _prepare_sqlite(engine: sa.Engine) -> None:
    database = engine.url.database
    if not database:
        raise ValueError("an SQLite database in memory cannot be shared by processes: name a file in DATABASE_URL")
    current_app.extensions["sqlite_lock"] = Path(database).with_suffix(".lock")
    event.listen(engine, "connect", _connect_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _connect_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver begins too late
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -8000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
