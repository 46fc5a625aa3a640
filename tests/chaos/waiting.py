"""Waiting for what must come about in the database."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.db import db
from helpdesk.models import Ledger, LedgerState

LOOKS_EVERY = 0.2  # seconds


def until(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Looks again and again, each time at what is committed. Answers whether it came about."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            db.session.rollback()
            if is_so():
                return True
        except SQLAlchemyError:  # the database is one of those that are killed
            db.session.rollback()
        time.sleep(LOOKS_EVERY)
    return False


def is_worked_on() -> bool:
    """Is nothing in the ledger still to be worked on?"""
    return count(Ledger.state == LedgerState.NEW) == 0


def count(*conditions: sa.ColumnElement[bool]) -> int:
    """How many rows fulfil all of them."""
    return db.session.execute(sa.select(sa.func.count()).where(*conditions)).scalar_one()
