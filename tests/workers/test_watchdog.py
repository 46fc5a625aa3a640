"""A worker that is stuck is ended by its parent, and what it was stuck in is put aside after three times."""

from __future__ import annotations

import re

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Ledger, LedgerState
from tests.commands.waiting import until
from tests.factories import a_reply, an_agent, an_inbox, the_ticket


def the_row(desk) -> Ledger:
    desk.reading()
    return db.session.execute(sa.select(Ledger)).scalar_one()


def test_a_c_call_that_never_returns_is_ended_and_its_row_put_aside(desk, webhook, start_workers):
    an_inbox()
    webhook("instagram/text.json")

    workers = start_workers("live", "clock", FAILPOINT="intake.before_commit:spin")

    until(lambda: the_row(desk).state is LedgerState.QUARANTINED, seconds=40)
    row = the_row(desk)
    assert (row.attempts, row.error) == (3, "working on it stopped the worker 3 times")
    assert workers.said.count("a worker is stuck and is ended") == 3
    where = re.search(r"most recent call first\):(.*?)workers/intake", workers.said, re.DOTALL)
    assert where is not None
    assert "failpoints.py" in where[1]
    assert workers.parent.poll() is None


def test_a_platform_that_thinks_and_a_worker_that_rests_are_not_taken_for_stuck(desk, sandbox, run_jobs, start_workers):
    an_inbox()
    sandbox.say("Hi, is the blue jacket back in stock?")
    run_jobs()
    agent = an_agent()
    sandbox.fault({"slow": 1}, what="send", times=3)
    for text in ("Yes!", "Since this morning.", "Shall we put one aside?"):
        a_reply(the_ticket(), text, by=agent)

    workers = start_workers()  # they have 1.5 s for each step

    until(lambda: len(sandbox.texts()) == 3)
    assert "is stuck" not in workers.said
