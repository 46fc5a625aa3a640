"""One who reads "everything after N" beside many who write: whatever is committed comes by them, whose commit takes how
long whatever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask

from helpdesk.db import db, reading
from helpdesk.domain import events, happenings
from helpdesk.models import Agent, Event, Ticket
from tests.chaos.checker import SHOWN, Violation
from tests.chaos.drills.playing import playing, slow_commits
from tests.chaos.report import Report
from tests.factories import a_note, a_ticket, an_agent

WRITERS, NOTES = 8, 12  # NOTES: of each writer


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report = Report("cursor", database, seed)
    with playing(report) as here:
        agent, tickets = an_agent(role="owner").id, [a_ticket(customer=f"66{place:06}").id for place in range(WRITERS)]
        room = events.team_room(db.session.get_one(Ticket, tickets[0]).team_id)
        is_over, read = threading.Event(), set[int]()
        with slow_commits(here.random), ThreadPoolExecutor(WRITERS + 1) as pool:
            reader = pool.submit(_read, here.app, room, is_over, read)
            each = max(NOTES, int(NOTES * scale))
            writers = [pool.submit(_write, here.app, ticket, agent, each) for ticket in tickets]
            try:
                for writer in writers:
                    writer.result()
            finally:
                is_over.set()
            reader.result()
        reading()
        written = set(db.session.execute(sa.select(Event.seq).where(Event.room == room)).scalars())
        report.found([Violation("I9", f"event {seq} never came by") for seq in sorted(written - read)[:SHOWN]])
        report.note(events=len(written), read=len(read))
    return report


def _write(app: Flask, ticket: int, agent: int, number: int) -> None:
    with app.app_context():
        for _ in range(number):
            a_note(db.session.get_one(Ticket, ticket), by=db.session.get_one(Agent, agent))


def _read(app: Flask, room: str, is_over: threading.Event, read: set[int]) -> None:
    """Follows the room as a page does that asks for what it missed; once more after the last writer."""
    with app.app_context():
        cursor, is_last = 0, False
        while not is_last:
            is_last = is_over.is_set()
            reading()
            upto = events.upto()
            read.update(one.seq for one in happenings.missed({room: cursor}, upto=upto, limit=10_000))
            cursor = max(cursor, upto)
