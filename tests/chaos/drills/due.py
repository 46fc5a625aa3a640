"""Two workers who both saw that a message's time has come: it goes out once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from helpdesk import clock, walltime
from helpdesk.db import db, reading, transaction
from helpdesk.domain import scheduling
from helpdesk.models import Agent, Message, ScheduledMessage, Ticket
from tests.chaos import checker
from tests.chaos.checker import Violation
from tests.chaos.drills.playing import playing
from tests.chaos.report import Report
from tests.factories import a_ticket, an_agent

MESSAGES, WORKERS = 6, 2
ZONE = "Europe/Berlin"


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report = Report("due", database, seed)
    with playing(report) as here:
        texts = [f"Planned {number:05}." for number in range(max(MESSAGES, int(MESSAGES * scale)))]
        _plan(texts)
        barrier = threading.Barrier(WORKERS)
        with ThreadPoolExecutor(WORKERS) as pool:
            for worker in [pool.submit(_release, here.app, barrier, len(texts)) for _ in range(WORKERS)]:
                worker.result()
        reading()
        for text in texts:
            times = db.session.execute(sa.select(sa.func.count(Message.id)).where(Message.text == text)).scalar_one()
            if times != 1:
                report.found([Violation("I8", f"{text!r} was planned once and goes out {times} times")])
        report.found(checker.everywhere())
        report.note(planned=len(texts))
    return report


def _plan(texts: Sequence[str]) -> None:
    """Their time has just come."""
    ticket, agent = a_ticket().id, an_agent(role="owner").id
    wall = walltime.on_the_wall(clock.now() + timedelta(hours=1), ZONE)
    with transaction():
        into, by = db.session.get_one(Ticket, ticket), db.session.get_one(Agent, agent)
        for number, text in enumerate(texts):
            scheduling.plan(into, client_id=f"plan-{number}", text=text, at=wall, zone=ZONE, by=by)
    with transaction():
        db.session.execute(sa.update(ScheduledMessage).values(due_at=clock.now() - timedelta(seconds=1)))


def _release(app: Flask, barrier: threading.Barrier, most: int) -> None:
    with app.app_context():
        ids = list(scheduling.due(limit=most))
        barrier.wait(60)  # both have looked
        for id in ids:
            with transaction():
                scheduling.release(id)
