"""G13: no Redis from the start to the end. Everything works: what customers write is on the screen within seconds,
answers and scheduled messages go out, receipts come back. With Redis, the same is there at once."""

from __future__ import annotations

import math
import time
from datetime import timedelta

import sqlalchemy as sa
from playwright.sync_api import Browser

from helpdesk import clock, walltime
from helpdesk.commands import system
from helpdesk.db import db, transaction
from helpdesk.domain import scheduling
from helpdesk.models import Agent, Ticket
from tests.bench import screens
from tests.bench.load import quantile
from tests.chaos import checker
from tests.chaos.checker import Violation
from tests.chaos.goals import scheduled
from tests.chaos.report import Report
from tests.chaos.stage import Play, Stage, stage
from tests.chaos.waiting import count, is_worked_on, until
from tests.factories import an_agent, with_password
from tests.support import browser
from tests.support.sandbox import CUSTOMER

SECONDS, PER_SECOND, ANSWERS = 60, 8, 20
P95, P95_WITH_REDIS = 4.0, 1.0  # seconds from the webhook's answer to its bubble
PLAN_LATE = 5.0  # seconds
SETTLES_WITHIN = 60.0  # seconds
TEXT, ZONE = "As promised, here I am again.", "Europe/Berlin"


def run(database: str, seed: int, scale: float = 1.0) -> Report:
    report, started = Report("G13", database, seed), time.monotonic()
    if system.chromium() is None:
        report.void = browser.MISSING
        return report
    with browser.chromium() as chromium:
        for has_redis in (True, False):
            with stage(database, Play(has_live=True, has_redis=has_redis), seed=seed) as here:
                _play(report, here, chromium, scale, has_redis=has_redis)
    report.seconds = time.monotonic() - started
    return report


def _play(report: Report, here: Stage, chromium: Browser, scale: float, *, has_redis: bool) -> None:
    agent = with_password(an_agent("Mona Ortiz", role="owner"))
    page = screens.console(here, chromium, agent)
    _plan(here, agent)
    shown = screens.until_bubble(here, page, per_second=PER_SECOND, seconds=max(5.0, SECONDS * scale))
    bubbles, arrived = screens.until_sent(here, page, times=max(3, int(ANSWERS * scale)))
    how, most = ("with Redis", P95_WITH_REDIS) if has_redis else ("without Redis", P95)
    report.limit(report.goal, f"webhook to screen {how}, p95", quantile(shown, 0.95) / 1000, most, "s")
    report.note(
        **{
            f"webhooks {how}": f"{len(shown)}, p50 {quantile(shown, 0.5):.0f} ms",
            f"answers {how}": f"{len(arrived)}, on the screen p95 {quantile(bubbles, 0.95):.0f} ms, "
            f"at the platform p50 {quantile(arrived, 0.5):.0f} ms, p95 {quantile(arrived, 0.95):.0f} ms",
        }
    )
    here.sandbox.settle()
    until(lambda: is_worked_on() and not list(checker.settled()), seconds=SETTLES_WITHIN)
    late = [(queued_at - due_at).total_seconds() for _, queued_at, _, due_at in scheduled.released()]
    report.limit("I8", f"scheduled message {how}, late", late[0] if late else math.inf, PLAN_LATE, "s")
    if TEXT not in here.sandbox.texts():
        report.found([Violation("I6", f"{how}, a scheduled message never reached its customer")])
    report.found(checker.worked_on())
    report.found(checker.settled())
    report.found(checker.everywhere())
    page.context.close()


def _plan(here: Stage, agent: Agent) -> None:
    """A message to somebody who has written, for a few seconds from now."""
    here.sandbox.say("Will you write to me later?", customer=CUSTOMER)
    if not until(lambda: count(Ticket.id > 0) == 1, seconds=30):
        raise TimeoutError("the customer got no ticket")
    wall = walltime.on_the_wall(clock.now() + timedelta(hours=1), ZONE)
    with transaction():
        by = db.session.get_one(Agent, agent.id)
        ticket = db.session.execute(sa.select(Ticket)).scalar_one()
        planned = scheduling.plan(ticket, client_id="plan", text=TEXT, at=wall, zone=ZONE, by=by)
        planned.due_at = clock.now() + timedelta(seconds=5)
