"""Whether this process may take new work: not while it is about to end, and not while the database is at another
migration than this code. What has been begun is finished in either case."""

from __future__ import annotations

import structlog

from helpdesk import schema

log = structlog.get_logger(__name__)

ENDING, SCHEMA = "ending", "schema"
_closed_by: set[str] = set()


def is_open() -> bool:
    return not _closed_by


def close(reason: str) -> None:
    _closed_by.add(reason)


def look() -> str:
    """Compares code and database; closes or opens. Answers what is wrong, "" when they fit. Raises SQLAlchemyError."""
    problem = schema.mismatch()
    if problem and SCHEMA not in _closed_by:
        close(SCHEMA)
        log.error("no work is taken: the database does not fit this code", detail=problem)
    elif not problem and SCHEMA in _closed_by:
        _closed_by.discard(SCHEMA)
        log.info("work is taken again: the database fits this code")
    return problem
