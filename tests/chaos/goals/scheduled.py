"""G3: 2,000 messages for the same minute, three clocks, workers that are killed while they let them go, and a machine
whose clock jumps by two hours in both directions: each goes out once, none before its time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk import clock, walltime
from helpdesk.db import UtcDateTime, db, transaction
from helpdesk.domain import scheduling
from helpdesk.models import Agent, Message, MessageStatus, Outbox, ScheduledMessage, ScheduledState, Ticket
from tests.bench.load import quantile
from tests.chaos import checker, jumps
from tests.chaos.checker import SHOWN, Violation
from tests.chaos.goals import outbound
from tests.chaos.jumps import Jumps
from tests.chaos.killer import Killer
from tests.chaos.report import Report
from tests.chaos.stage import SCHEDULING_POINTS, Play, stage
from tests.chaos.waiting import count, until
from tests.factories import an_agent

MESSAGES, TICKETS, SPREAD = 2_000, 200, 60.0  # SPREAD: seconds over which they are due
LATE_P95 = 5.0  # seconds
PASSES = (10, 200)
ZONE = "Europe/Berlin"


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report, started = Report("G3", database, seed), time.monotonic()
    passes = (max(2, int(PASSES[0] * scale)), max(8, int(PASSES[1] * scale)))
    names = ("live", "delivery", "bulk")
    play = Play(workers=(names, names), clocks=3, points=SCHEDULING_POINTS, passes=passes, has_jumps=jumps.can())
    with stage(database, play, seed=seed) as here:
        number = int(MESSAGES * scale)
        customers = outbound.conversations(here, max(5, int(TICKETS * scale)))
        due = _plan(number)
        killer = Killer(here, spares=("web",), mean=1.0)
        clock_jumps = Jumps(here.directory, here.random, within=SPREAD)
        killer.begin()
        if jumps.can():
            clock_jumps.begin()
        until(lambda: count(ScheduledMessage.state == ScheduledState.PLANNED) == 0, seconds=SPREAD + 90)
        killer.end()
        clock_jumps.end()
        here.cast.spare()
        outbound.settle(here)
        _judge(report, due, outbound.arrivals(here, customers))
        report.note(
            scheduled=f"{number} within {SPREAD:.0f} s, three clocks",
            clock_jumps=f"{clock_jumps.done}, of {jumps.HOURS} h",
            kills=f"{dict(killer.kills)}, and {sum(here.cast.hits().values())} at failpoints",
        )
        report.reached(here.cast.hits(), SCHEDULING_POINTS)
    report.seconds = time.monotonic() - started
    return report


def _plan(number: int) -> dict[str, float]:
    """All of them due within the same minute, the first one in a few seconds. Answers when, epoch seconds by text."""
    agent, texts = an_agent(role="owner"), [f"Planned {place:05}." for place in range(number)]
    owned = list(db.session.execute(sa.select(Ticket.id).order_by(Ticket.id)).scalars())
    wall = walltime.on_the_wall(clock.now() + timedelta(hours=1), ZONE)
    with transaction():
        by = db.session.get_one(Agent, agent.id)
        for place, text in enumerate(texts):
            ticket = db.session.get_one(Ticket, owned[place % len(owned)])
            scheduling.plan(ticket, client_id=f"plan-{place}", text=text, at=wall, zone=ZONE, by=by)
    with transaction():
        first = clock.now() + timedelta(seconds=5)
        all_planned = sa.select(ScheduledMessage).order_by(ScheduledMessage.id)
        for place, planned in enumerate(db.session.execute(all_planned).scalars()):
            planned.due_at = first + timedelta(seconds=place * SPREAD / number)
        return {planned.text: planned.due_at.timestamp() for planned in db.session.execute(all_planned).scalars()}


def _judge(report: Report, due: dict[str, float], arrivals: list[tuple[str, float]]) -> None:
    """That none came early the platform's clock tells, which is right all the time."""
    early = [(text, due[text] - at) for text, at in arrivals if text in due and at < due[text]]
    report.found([Violation("I8", f"{text!r} came {before:.3f} s before its time") for text, before in early[:SHOWN]])
    late = [(queued_at - due_at).total_seconds() for _, queued_at, _, due_at in released()]
    called = [(called_at - due_at).total_seconds() for _, _, called_at, due_at in released()]
    if len(late) != len(due):
        report.found([Violation("I8", f"{len(late)} messages came of {len(due)} scheduled ones")])
    arrived = [text for text, _ in arrivals]
    told = {text for text, status in checker.outbound() if status is MessageStatus.UNCERTAIN}
    for text in sorted(set(due) - set(arrived) - told)[:SHOWN]:
        report.found([Violation("I6", f"{text!r} never reached its customer, and nobody was told")])
    report.found(checker.delivered_once(arrived))
    report.found(checker.said_as_it_was(arrived, has_echo=True))
    report.found(checker.settled())
    report.found(checker.everywhere())
    report.limit("I8", "late, p95", quantile(late, 0.95), LATE_P95, "s")
    report.note(
        late=f"p50 {quantile(late, 0.5):.2f} s, longest {max(late, default=0.0):.2f} s",
        called=f"p95 {quantile(called, 0.95):.2f} s after the time, with tries that were repeated",
    )


def released() -> list[tuple[int, datetime, datetime, datetime]]:
    """(id, when its message was queued, when the platform was called, when it was due) for each message that came of a
    scheduled one."""
    client_id = sa.literal("scheduled-") + sa.cast(ScheduledMessage.id, sa.Text)
    called_at = sa.func.coalesce(Outbox.called_at, Outbox.queued_at, type_=UtcDateTime())
    found = sa.select(ScheduledMessage.id, Outbox.queued_at, called_at, ScheduledMessage.due_at)
    found = found.join(Message, Message.client_id == client_id).join(Outbox, Outbox.message_id == Message.id)
    return [(id, queued, called, due) for id, queued, called, due in db.session.execute(found)]
