"""G2: sends under fire. 1,000 answers, of which many are accepted without an answer, hang or are refused, while workers
are killed before, in and after their calls: none arrives twice, and none is called sent that was not."""

from __future__ import annotations

import random
import time

import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.models import (
    Agent,
    ClockOffset,
    Direction,
    Message,
    MessageStatus,
    Outbox,
    OutboxState,
    Ticket,
)
from tests.chaos import checker
from tests.chaos.killer import Killer
from tests.chaos.report import Report
from tests.chaos.stage import ACCOUNTS, DELIVERY_POINTS, Play, Stage, stage
from tests.chaos.waiting import count, is_worked_on, until
from tests.factories import a_reply, an_agent

ANSWERS, CUSTOMERS = 1_000, 200
SWALLOWED, HUNG, REFUSED = 0.14, 0.05, 0.11  # shares: accepted and unanswered, silent for a while, refused at first
KILLS = 40
PASSES = (15, 150)
UNKNOWN_ENDS = 100  # seconds: by then an uncertain send is people's
REFUSALS = ("unknown_transient_2_in_400", "unknown_1")
ROUNDS = 20  # as many as one customer has answers of which nobody knows: each holds back the next
OPEN = (OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.CALLING, OutboxState.UNKNOWN)
Customer = tuple[str, str]  # account, customer


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    return _run(Report("G2", database, seed), scale, has_echo=True)


def run_without_echo(database: str, seed: int, scale: float = 1.0) -> Report:
    return _run(Report("G2-silent", database, seed), scale, has_echo=False)


def _run(report: Report, scale: float, *, has_echo: bool) -> Report:
    started = time.monotonic()
    children = ("live", "bulk", *("delivery",) * 4)
    passes = (max(3, int(PASSES[0] * scale)), max(12, int(PASSES[1] * scale)))
    play = Play(workers=(children, children), points=DELIVERY_POINTS, passes=passes)
    with stage(report.database, play, seed=report.seed) as here:
        customers = conversations(here, max(10, int(CUSTOMERS * scale)))
        answers = int(ANSWERS * scale)
        ambiguous = _disturb(here, answers, has_echo=has_echo)
        killer = Killer(here, spares=("web",))
        killer.begin()
        write(here.random, customers, answers)
        until(lambda: not moving(), seconds=90)
        killer.end()
        here.cast.spare()
        ended = time.monotonic()
        settle(here)
        arrived = on_phones(here, customers)
        _judge(report, arrived, answers, has_echo=has_echo)
        states = [status.value for _, status in checker.outbound()]
        flagged, hits = states.count(MessageStatus.UNCERTAIN), here.cast.hits()
        report.kills = sum(killer.kills.values()) + sum(hits.values())
        report.note(
            answers=f"{answers}, of which {ambiguous} ambiguous and {int(REFUSED * answers)} refused at first",
            kills=f"{dict(killer.kills)} ({killer.claims_hit} held a claim), and {sum(hits.values())} at failpoints",
            outcome={state: states.count(state) for state in sorted(set(states))},
            flagged=f"{flagged}, of which {len(_flagged() & set(arrived))} had arrived",
            settled_after=f"{time.monotonic() - ended:.1f} s",
        )
        report.reached(hits, DELIVERY_POINTS)
        report.limit("I7", "flagged", flagged, ambiguous + report.kills, "messages")
        if report.kills < KILLS * scale:
            report.void = f"only {report.kills} kills"
    report.seconds = time.monotonic() - started
    return report


def conversations(here: Stage, number: int) -> list[Customer]:
    """Customers who have written, each with an open window on both sides."""
    customers = [(here.random.choice(ACCOUNTS), f"{here.random.randrange(10**15, 10**16)}") for _ in range(number)]
    for account, customer in customers:
        here.sandbox.change(customer, is_profile_refused=True)
        here.sandbox.say("Where is my parcel?", customer=customer, inbox=account, wait=False)
    if not until(lambda: count(Ticket.id > 0) == number, seconds=60):
        raise TimeoutError("not every customer got a ticket")
    return customers


def _disturb(here: Stage, answers: int, *, has_echo: bool) -> int:
    """Tells the platform what to do to which answer. Answers how many are ambiguous."""
    order = here.random.sample(range(answers), answers)
    swallowed, hung, refused = (int(share * answers) for share in (SWALLOWED, HUNG, REFUSED))
    for place, number in enumerate(order[: swallowed + hung + refused]):
        if place < swallowed:
            do: object = "reset_after_accept"
        elif place < swallowed + hung:
            do = {"hang_after_accept": 2}
        else:
            do = here.random.choice(REFUSALS)
        here.sandbox.ask(
            "POST", "/sandbox/faults", {"match": {"what": "send", "text_contains": _mark(number)}, "do": do, "times": 1}
        )
    if not has_echo:
        here.sandbox.fault("drop", times=None, what="webhook", event="echo")
    return swallowed + hung


def write(chance: random.Random, customers: list[Customer], answers: int) -> None:
    """An agent answers everybody several times, as fast as the database takes it."""
    agent = an_agent(role="owner")
    tickets = list(db.session.execute(sa.select(Ticket).order_by(Ticket.id)).scalars())
    for number in range(answers):
        ticket = tickets[number] if number < len(tickets) else chance.choice(tickets)
        a_reply(ticket, f"Answer{_mark(number)}", by=db.session.get_one(Agent, agent.id), client_id=f"answer-{number}")


def settle(here: Stage) -> None:
    """Lets everything that is under way come to its end, then lets the time of the uncertain pass, and so on: each may
    have held back others."""
    for _ in range(ROUNDS):
        until(lambda: not moving(), seconds=60)
        here.sandbox.settle()
        until(is_worked_on, seconds=100)
        if not count(Outbox.state.in_(OPEN)):
            return
        advance(here, UNKNOWN_ENDS)
        until(lambda: count(Outbox.state == OutboxState.UNKNOWN) == 0, seconds=20)


def advance(here: Stage, seconds: float) -> None:
    """Sets the desk's clock on, and the platform's with it."""
    with transaction():
        row = db.session.get(ClockOffset, 1) or ClockOffset(id=1, seconds=0.0)
        row.seconds += seconds
        db.session.add(row)
        offset = row.seconds
    here.sandbox.clock(offset)


def on_phones(here: Stage, customers: list[Customer]) -> list[str]:
    """Every text on every phone."""
    return [text for text, _ in arrivals(here, customers)]


def arrivals(here: Stage, customers: list[Customer]) -> list[tuple[str, float]]:
    """(text, epoch seconds by the platform's clock) of everything on every phone."""
    phones = (here.sandbox.received(customer=customer, inbox=account) for account, customer in customers)
    return [(one["text"], one["at"] / 1000) for phone in phones for one in phone]


def _judge(report: Report, arrived: list[str], answers: int, *, has_echo: bool) -> None:
    report.found(checker.delivered_once(arrived))
    report.found(checker.said_as_it_was(arrived, has_echo=has_echo))
    report.found(checker.settled())
    report.found(checker.everywhere())
    written = count(Message.direction == Direction.OUTBOUND, Message.client_id.is_not(None))
    if written != answers:
        report.found([checker.Violation("I4", f"{written} messages for {answers} answers")])
    strangers = count(Message.direction == Direction.OUTBOUND, Message.client_id.is_(None))
    if strangers:
        report.found([checker.Violation("I4", f"{strangers} echoes became messages of their own")])


def _flagged() -> set[str]:
    return {text for text, status in checker.outbound() if status is MessageStatus.UNCERTAIN}


def moving() -> int:
    """Rows that go on by themselves at once: not those that wait behind an uncertain one."""
    held = sa.select(Outbox.conversation_id).where(Outbox.state == OutboxState.UNKNOWN)
    is_free = sa.and_(Outbox.state == OutboxState.QUEUED, Outbox.conversation_id.not_in(held))
    return count(sa.or_(is_free, Outbox.state.in_((OutboxState.CLAIMED, OutboxState.CALLING))))


def _mark(number: int) -> str:
    return f" {number:04}."
