"""Letting the workers work, without waiting: their own drains, called until nothing is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa
from flask import Flask

from helpdesk.db import db
from helpdesk.domain import events
from helpdesk.domain import upkeep as desk
from helpdesk.models import Attachment, Identity, Ledger, Message, Outbox, Reaction
from workers import clock, crew

ROUNDS = 50


class NeverQuiet(Exception):
    """The drains keep one another busy: something is done again and again."""


def drain_all(app: Flask) -> bool:
    """Runs what the clock finds due, in turns, until nothing is, or a whole turn changes nothing (what is due may have
    to wait for something else). Was there anything to do?"""
    for turn in range(ROUNDS):
        due = _due(app)
        if not due:
            return turn > 0
        before = _state(app)
        for name in due:
            with app.app_context():
                _JOBS[name]()
        crew.wait()  # these drains return while their threads are still at work
        if _state(app) == before:
            return turn > 0
    raise NeverQuiet(f"still busy after {ROUNDS} rounds")


_JOBS: Mapping[str, Callable[[], object]] = {**clock.OWN, **clock.DRAINS}


def _due(app: Flask) -> list[str]:
    """In the order in which work flows, so that a turn takes a message as far as it goes."""
    with app.app_context():
        due = desk.due()
    return [name for name in _JOBS if name in due]


def _state(app: Flask) -> tuple[object, ...]:
    """What changes when a drain has done something that another may have to follow."""
    with app.app_context():
        read = db.session.execute
        states = [
            read(sa.select(table.state, sa.func.count()).group_by(table.state).order_by(table.state)).all()
            for table in (Ledger, Outbox, Attachment)
        ]
        attempts = [
            read(sa.select(sa.func.coalesce(sa.func.sum(column), 0))).scalar()
            for column in (
                Ledger.attempts,
                Outbox.attempts,
                Attachment.attempts,
                Identity.profile_attempts,
                Reaction.attempts,
            )
        ]
        counts = [read(sa.select(sa.func.count()).select_from(Message)).scalar(), events.upto()]
        return (repr(states), *attempts, *counts)
