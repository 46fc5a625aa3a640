"""Lets scheduled messages go when their time has come. The clock rings."""

from __future__ import annotations

import random
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import DBAPIError

from helpdesk import failpoints
from helpdesk.db import reading, transaction
from helpdesk.domain import scheduling
from workers import turns

log = structlog.get_logger(__name__)

BATCH = 20
TOGETHER = 10  # in one transaction: each further one would have to wait for its turn behind what is being sent
BROKEN = "Something in this message is broken, so it was not sent. Write it anew."


def drain() -> None:
    """Releases what is due, or as much as its turn allows."""
    turns.take("scheduling", _some)


def _some() -> bool:
    reading()
    ids = list(scheduling.due(limit=BATCH))
    random.shuffle(ids)  # workers that look at the same moment do not all wait for the same row
    for start in range(0, len(ids), TOGETHER):
        _release(ids[start : start + TOGETHER])
    return bool(ids)


def _release(ids: Sequence[int]) -> None:
    """One that breaks must not keep the others from their time: it is parked, and says so."""
    failpoints.hit("scheduling.due")
    try:
        with transaction():
            scheduling.hold(ids)
            for id in ids:
                scheduling.release(id)
            failpoints.hit("scheduling.before_commit")
        failpoints.hit("scheduling.after_commit")
    except DBAPIError:
        raise
    except Exception:
        log.exception("a scheduled message could not be released", scheduled_id=ids[0], count=len(ids))
        if len(ids) == 1:
            with transaction():
                scheduling.park(ids[0], reason=BROKEN)
        else:
            for id in ids:
                _release([id])
