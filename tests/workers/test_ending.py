"""Told to end, workers finish what they have begun and begin nothing new."""

from __future__ import annotations

import signal
import time

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Ledger, Message, MessageStatus, Outbox, OutboxState
from tests.commands.waiting import until
from tests.factories import a_reply, an_agent, an_inbox, the_ticket

UNDER_WAY = (OutboxState.CLAIMED, OutboxState.CALLING)


def states(desk) -> list[OutboxState]:
    desk.reading()
    return list(db.session.execute(sa.select(Outbox.state).order_by(Outbox.id)).scalars())


def test_a_slow_send_is_settled_before_the_workers_are_gone(desk, sandbox, run_jobs, start_workers):
    an_inbox()
    sandbox.say("Hi, is the blue jacket back in stock?")
    run_jobs()
    sandbox.fault({"slow": 2}, what="send")
    first = a_reply(the_ticket(), "Yes, since this morning!", by=an_agent())
    workers = start_workers()
    until(lambda: states(desk) == [OutboxState.CALLING])
    second = a_reply(the_ticket(), "Shall we put one aside?", by=an_agent())

    told_at = time.monotonic()
    workers.parent.send_signal(signal.SIGTERM)

    assert workers.parent.wait(10) == 0
    assert time.monotonic() - told_at < 10
    desk.reading()
    assert states(desk) == [OutboxState.SENT, OutboxState.QUEUED]
    assert db.session.get_one(Message, first.id).status is MessageStatus.SENT
    assert db.session.get_one(Message, second.id).status is MessageStatus.QUEUED
    assert sandbox.texts() == ["Yes, since this morning!"]
    assert "did not end by itself" not in workers.said


def test_webhooks_that_wait_are_left_for_the_next_workers_unclaimed(desk, webhook, start_workers, tmp_path):
    an_inbox()
    hits = tmp_path / "hits"
    workers = start_workers("live", FAILPOINT="intake.before_commit:sleep:1", FAILPOINT_LOG=str(hits))
    for name in ("text", "image"):
        assert webhook(f"instagram/{name}.json").status_code == 200
    until(hits.exists)

    workers.parent.send_signal(signal.SIGTERM)

    assert workers.parent.wait(10) == 0
    desk.reading()
    rows = db.session.execute(sa.select(Ledger)).scalars().all()
    assert all(row.lease_until is None for row in rows)


def test_while_redis_is_away_they_end_as_soon(desk, valkey, start_workers):
    valkey.stop()
    workers = start_workers()
    until(lambda: workers.said.count("Redis is away") >= 3)

    told_at = time.monotonic()
    workers.parent.send_signal(signal.SIGTERM)

    assert workers.parent.wait(10) == 0
    assert time.monotonic() - told_at < 3
