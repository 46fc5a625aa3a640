"""The one clock: the database's on PostgreSQL, the host's on SQLite, plus an offset that tests and the demo write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from helpdesk.db import db

_OFFSET = "coalesce((SELECT seconds FROM clock_offset WHERE id = 1), 0)"
_POSTGRESQL_NOW = sa.text(f"SELECT clock_timestamp() + {_OFFSET} * interval '1 second'")
_SQLITE_OFFSET = sa.text(f"SELECT {_OFFSET}")


def now() -> datetime:
    """The time, aware and in UTC. Nothing else in the house asks for it."""
    session = db.session()
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC) + timedelta(seconds=session.execute(_SQLITE_OFFSET).scalar_one())
    moment: datetime = session.execute(_POSTGRESQL_NOW).scalar_one()
    return moment.astimezone(UTC)
