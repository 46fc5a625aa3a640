"""G6: a worker dies between the platform's answer and ours: how long until the agent is told. The desk's own times, and
nobody helps."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from helpdesk.db import db, reading
from helpdesk.models import Agent, Event, EventKind, Message, MessageStatus, Ticket
from tests.chaos import cast, checker
from tests.chaos.checker import Violation
from tests.chaos.goals import outbound
from tests.chaos.report import Report
from tests.chaos.stage import Play, Stage, stage
from tests.chaos.waiting import until
from tests.factories import a_reply, an_agent

ANSWERS = 6
WITHIN = 120.0  # seconds
POINT = "delivery.called"


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report, started = Report("G6", database, seed), time.monotonic()
    play = Play(clocks=2, more=(("FAILPOINT", f"{POINT}:kill"),))
    with stage(database, play, seed=seed) as here:
        number = max(2, int(ANSWERS * scale))
        customers = outbound.conversations(here, 2 * number)
        tickets = list(db.session.execute(sa.select(Ticket.id).order_by(Ticket.id)).scalars())
        told = [_told(here, one, MessageStatus.SENT, with_parent=False) for one in tickets[:number]]
        here.sandbox.fault("drop", times=None, what="webhook", event="echo")
        silent = [
            _told(here, one, MessageStatus.UNCERTAIN, with_parent=place % 2 == 1)
            for place, one in enumerate(tickets[number:])
        ]
        report.limit(report.goal, "with echo: told that it was sent, longest", max(told), WITHIN, "s")
        report.limit(report.goal, "without: told that nobody knows, longest", max(silent), WITHIN, "s")
        arrived = outbound.on_phones(here, customers)
        report.found(checker.delivered_once(arrived))
        report.found(checker.said_as_it_was(arrived, has_echo=False))
        report.found(checker.everywhere())
        report.found(_untold())
        report.note(
            answers=f"{2 * number}, each with the death of its worker; every second silent one with its parent's"
        )
        report.reached(here.cast.hits(), (POINT,))
    report.kills = sum(here.cast.hits().values())
    report.seconds = time.monotonic() - started
    return report


def _told(here: Stage, ticket_id: int, status: MessageStatus, *, with_parent: bool) -> float:
    """Seconds from the worker's death until the message says so; more than any limit when it never does."""
    deaths = here.cast.hits().get(POINT, 0)
    agent = db.session.get_one(Agent, an_agent(role="owner").id)
    message = a_reply(db.session.get_one(Ticket, ticket_id), f"Answer {ticket_id}.", by=agent).id
    if not until(lambda: here.cast.hits().get(POINT, 0) > deaths, seconds=60):
        return float("inf")
    died = time.monotonic()
    if with_parent:
        cast.kill(next(pid for pid, kind in here.cast.pids().items() if kind == "parent"))
    return time.monotonic() - died if until(_says(message, status), seconds=WITHIN + 10) else float("inf")


def _says(message_id: int, status: MessageStatus) -> Callable[[], bool]:
    def is_so() -> bool:
        reading()
        return db.session.get_one(Message, message_id).status is status

    return is_so


def _untold() -> list[Violation]:
    """What the database says, the screens were told by an event with the same word; what is unsure has a reason."""
    found = []
    for message in db.session.execute(sa.select(Message).where(Message.client_id.is_not(None))).scalars():
        last = sa.select(Event).where(Event.message_id == message.id, Event.kind == EventKind.MESSAGE_SETTLED)
        event = db.session.execute(last.order_by(Event.seq.desc()).limit(1)).scalar()
        if event is None or event.data.get("status") != message.status.value:
            found.append(Violation("I9", f"{message.text!r} is {message.status.value}, and no event has told it"))
        if message.status is MessageStatus.UNCERTAIN and not message.status_reason:
            found.append(Violation("I7", f"{message.text!r} is uncertain without a reason"))
    return found
