"""The one clock: the database's on PostgreSQL, the host's on SQLite, plus an offset that tests and the demo write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from helpdesk.db import db

_OFFSET = "coalesce((SELECT seconds FROM clock_offset WHERE id = 1), 0)"
_POSTGRESQL_NOW = sa.text(f"SELECT clock_timestamp() + {_OFFSET} * interval '1 second'")
_SQLITE_OFFSET = sa.text(f"SELECT {_OFFSET}")


def now() -> datetime:
    """The time, aware and in UTC. Nothing else in the house asks for it. A transaction reads it once, and again after
    each wait for what others held."""
    told: list[datetime] | None = db.session().info.get("now")
    if told is None:
        return _read()
    if not told:
        told.append(_read())
    return told[0]


def moved_on() -> None:
    """The running transaction has waited, or turned the clock: what it was told before is not the time any more."""
    told: list[datetime] | None = db.session().info.get("now")
    if told is not None:
        told.clear()


def _read() -> datetime:
    session = db.session()
    if session.get_bind().dialect.name == "sqlite":
        with session.no_autoflush:
            return datetime.now(UTC) + timedelta(seconds=session.execute(_SQLITE_OFFSET).scalar_one())
    with session.no_autoflush:
        moment: datetime = session.execute(_POSTGRESQL_NOW).scalar_one()
    return moment.astimezone(UTC)
