"""Whether the database is at the migration that this code was written for. Whoever works on another one spoils it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from helpdesk.db import db

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


@cache
def known() -> tuple[str, ...]:
    """The migrations that this code brings, oldest first: they are numbered, and asking Alembic would cost 11 MB of
    memory."""
    return tuple(sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")))


def newest() -> str:
    return known()[-1]


def found() -> str:
    """The database's own; "" when none has run. Raises SQLAlchemyError while it is away."""
    try:
        versions = db.session.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
    except (OperationalError, ProgrammingError):  # no such table, or no database
        db.session.rollback()
        if sa.inspect(db.engine).has_table("alembic_version"):
            raise
        return ""
    return ", ".join(versions)


def mismatch() -> str:
    """What is wrong and what to do about it, "" when they fit. Raises SQLAlchemyError."""
    version = found()
    if version == newest():
        return ""
    if not version:
        return "no migration has run: flask db upgrade"
    remedy = "flask db upgrade" if version in known() else "start the newer version of the desk"
    return f"at {version}, not at {newest()}: {remedy}"


def is_behind() -> bool:
    """Do migrations that this code brings still have to run? Raises SQLAlchemyError."""
    version = found()
    return not version or (version in known() and version != newest())
