"""Lets scheduled messages go when their time has come. The clock rings; each message is a transaction of its own."""

from __future__ import annotations

import random

import structlog
from sqlalchemy.exc import DBAPIError

from helpdesk import failpoints
from helpdesk.db import reading, transaction
from helpdesk.domain import scheduling
from workers import turns

log = structlog.get_logger(__name__)

BATCH = 20
BROKEN = "Something in this message is broken, so it was not sent. Write it anew."


def drain() -> None:
    """Releases what is due, or as much as its turn allows."""
    turns.take("scheduling", _some)


def _some() -> bool:
    reading()
    ids = list(scheduling.due(limit=BATCH))
    random.shuffle(ids)  # workers that look at the same moment do not all wait for the same row
    for id in ids:
        _release(id)
    return bool(ids)


def _release(id: int) -> None:
    """One that breaks must not keep the others from their time: it is parked, and says so."""
    failpoints.hit("scheduling.due")
    try:
        with transaction():
            scheduling.release(id)
            failpoints.hit("scheduling.before_commit")
        failpoints.hit("scheduling.after_commit")
    except DBAPIError:
        raise
    except Exception:
        log.exception("a scheduled message could not be released", scheduled_id=id)
        with transaction():
            scheduling.park(id, reason=BROKEN)
