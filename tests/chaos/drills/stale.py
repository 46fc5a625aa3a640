"""A worker that slept while its claim was given to another: it does not call. And a clock that is wrong on one machine:
nobody's claim ends before its time."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db, reading, transaction
from helpdesk.models import Outbox, OutboxState, Ticket
from tests.chaos import checker
from tests.chaos.drills.playing import ALONE, playing
from tests.chaos.goals import outbound
from tests.chaos.report import Report
from tests.chaos.stage import ACCOUNTS, Play, Stage
from tests.chaos.waiting import count, until
from tests.factories import a_reply, an_agent
from workers import delivery, intake, upkeep

CUSTOMERS = ("6600000000000001", "6600000000000002")
WRONG_BY = 3600  # seconds
Claim = tuple[int, str]


def run_slept(database: str, seed: int, scale: float = 1.0) -> Report:
    report = Report("slept", database, seed)
    with playing(report) as here:
        first = _claimed(here)
        outbound.advance(here, outbound.UNKNOWN_ENDS)
        upkeep.settle_outbox()
        _deliver_all()
        delivery._deliver(first)  # it wakes up
        _judge(here, report)
    return report


def run_wrong_clock(database: str, seed: int, scale: float = 1.0) -> Report:
    """The clock's process believes that it is an hour later. It sweeps; a claim that is over tells when it has."""
    report = Report("wrong-clock", database, seed)
    play = Play(workers=ALONE.workers, clocks=1, more=(("HOST_CLOCK_WRONG_BY", str(WRONG_BY)),))
    with playing(report, play) as here:
        first, dead = _claimed(here), _claimed(here, customer=CUSTOMERS[1])
        with transaction():
            db.session.get_one(Outbox, dead[0]).lease_until = clock.now() - timedelta(seconds=2 * WRONG_BY)
        swept = (Outbox.id == dead[0], Outbox.state == OutboxState.QUEUED)
        if not until(lambda: count(*swept) == 1, seconds=60):
            report.void = "the clock never swept"
        _deliver_all()
        delivery._deliver(first)
        _judge(here, report)
    return report


def _claimed(here: Stage, *, customer: str = CUSTOMERS[0]) -> Claim:
    """An answer to a customer, claimed and not yet called for."""
    here.sandbox.change(customer, is_profile_refused=True)
    here.sandbox.say("Where is my parcel?", customer=customer, inbox=ACCOUNTS[0])
    intake.drain()
    reading()
    ticket = db.session.execute(sa.select(Ticket).order_by(Ticket.id.desc()).limit(1)).scalar_one()
    a_reply(ticket, f"On its way, {customer}.", by=an_agent(role="owner"))
    claim = delivery._claim()
    assert claim is not None, "nobody else claims"
    return claim


def _deliver_all() -> None:
    while (claim := delivery._claim()) is not None:
        delivery._deliver(claim)


def _judge(here: Stage, report: Report) -> None:
    reading()
    arrived = [text for one in CUSTOMERS for text in here.sandbox.texts(customer=one, inbox=ACCOUNTS[0])]
    report.found(checker.delivered_once(arrived))
    report.found(checker.settled())
    report.note(arrived=len(arrived))
