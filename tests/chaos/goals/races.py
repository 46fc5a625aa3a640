"""G5: two people reach for the same ticket at the same moment, a thousand times; sixteen open tickets at once."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from helpdesk.db import db, reading, transaction
from helpdesk.domain import tickets
from helpdesk.errors import Conflict
from helpdesk.models import Agent, Ticket
from tests.chaos import checker
from tests.chaos.checker import SHOWN, Violation
from tests.chaos.report import Report
from tests.chaos.stage import Play, stage
from tests.chaos.waiting import count
from tests.factories import a_customer_message, a_ticket, an_agent

RACES, OPENERS, OPENED = 1_000, 16, 100  # OPENED: tickets that each of the openers opens


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report, started = Report("G5", database, seed), time.monotonic()
    with stage(database, Play(workers=(), clocks=0), seed=seed) as here:
        a_ticket()  # whose inbox all others share
        races = int(RACES * scale)
        won = _race(here.app, races)
        report.found(
            [Violation("I10", f"ticket {number} was won {times} times") for number, times in won if times != 1][:SHOWN]
        )
        opened = _open(here.app, max(1, int(OPENED * scale)))
        reading()  # what the threads have committed since
        report.found(checker.everywhere())
        if count(Ticket.id > 0) != 1 + races + opened:
            report.found([Violation("I10", f"{count(Ticket.id > 0)} tickets instead of {1 + races + opened}")])
        report.note(races=f"{races}, each with one winner", opened=f"{opened} tickets by {OPENERS} at once")
    report.seconds = time.monotonic() - started
    return report


def _race(app: Flask, races: int) -> list[tuple[int, int]]:
    """(ticket number, how many of the two believe that they have it)"""
    agents = [an_agent(role="owner").id for _ in range(2)]
    owned = [a_ticket(customer=f"88{place:06}") for place in range(races)]
    ids = [(ticket.id, ticket.number) for ticket in owned]
    barrier = threading.Barrier(2)

    def take_all(agent_id: int) -> list[bool]:
        with app.app_context():
            return [_takes(ticket_id, agent_id, barrier) for ticket_id, _ in ids]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(take_all, agents)
    return [(number, one + other) for (_, number), one, other in zip(ids, first, second, strict=True)]


def _takes(ticket_id: int, agent_id: int, barrier: threading.Barrier) -> bool:
    barrier.wait(30)
    try:
        with transaction():
            tickets.take(db.session.get_one(Ticket, ticket_id), by=db.session.get_one(Agent, agent_id))
    except Conflict:
        return False
    return True


def _open(app: Flask, each: int) -> int:
    """Everybody's first message opens a ticket. Answers how many there must be."""
    numbers = itertools.count()

    def open_all(_: int) -> None:
        with app.app_context():
            for _ in range(each):
                place = next(numbers)
                a_customer_message(customer=f"99{place:06}", platform_id=f"mid-opened-{place}")

    with ThreadPoolExecutor(OPENERS) as pool:
        list(pool.map(open_all, range(OPENERS)))
    return OPENERS * each
