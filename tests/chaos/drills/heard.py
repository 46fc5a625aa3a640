"""One who hears that something happened and looks at once: it is there. However long the commit takes, nobody is told
before it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from helpdesk.db import db, reading
from helpdesk.domain import events
from tests.chaos.checker import SHOWN, Violation
from tests.chaos.drills.playing import playing
from tests.chaos.report import Report
from tests.chaos.stage import Stage
from tests.factories import a_note, a_ticket, an_agent

NOTES = 4
COMMIT = 1.0  # seconds that it takes, or less when somebody has heard of it already


class Listener(threading.Thread):
    """Hears what the open pages are told. `early`: numbers of events that were told while there were not so many."""

    def __init__(self, here: Stage) -> None:
        super().__init__(name="listener", daemon=True)
        self.app, self.heard, self.early = here.app, 0, list[tuple[int, int]]()
        self.has_heard = threading.Event()
        self._line = here.valkey.client().pubsub(ignore_subscribe_messages=True)
        self._line.subscribe("socketio")
        self._line.get_message(timeout=10)  # from here on nothing is missed
        self._is_over = threading.Event()

    def run(self) -> None:
        with self.app.app_context():
            while not self._is_over.is_set():
                told = self._line.get_message(timeout=0.1)
                if told is not None:
                    self._look(json.loads(told["data"])["data"][0]["seq"])

    def end(self) -> None:
        self._is_over.set()
        self.join(30)
        self._line.close()

    def _look(self, seq: int) -> None:
        reading()
        upto = events.upto()
        self.heard += 1
        if upto < seq:
            self.early.append((seq, upto))
        self.has_heard.set()


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report = Report("heard", database, seed)
    with playing(report) as here:
        ticket, agent = a_ticket(), an_agent(role="owner")
        listener = Listener(here)
        listener.start()
        with _waiting_commits(listener):
            for _ in range(max(NOTES, int(NOTES * scale))):
                a_note(ticket, by=agent)
        listener.has_heard.wait(30)
        listener.end()
        for seq, upto in listener.early[:SHOWN]:
            report.found([Violation("I9", f"event {seq} was told while the newest in the database was {upto}")])
        report.note(told=listener.heard)
        if not listener.heard:
            report.void = "nothing was heard"
    return report


@contextmanager
def _waiting_commits(listener: Listener) -> Iterator[None]:
    """Each commit gives the listener time to hear of it too early."""

    def wait(_: object) -> None:
        listener.has_heard.clear()
        listener.has_heard.wait(COMMIT)

    sa.event.listen(db.session, "before_commit", wait)
    try:
        yield
    finally:
        sa.event.remove(db.session, "before_commit", wait)
