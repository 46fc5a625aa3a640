"""`flask doctor` names what a fault has left behind; `--mend` mends it, says so, and finds nothing the second time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import outbox, upkeep
from helpdesk.models import Ledger, LedgerState, Message, Outbox, OutboxState, Ticket, Wait
from tests.factories import a_customer_message, a_reply, a_ticket, an_agent, an_inbox, the_messages
from tests.support.desk import dispose
from tests.support.instagram import body, said
from workers import heartbeat

pytestmark = pytest.mark.both_databases

DIES = """
from helpdesk.app import create_app
from workers import {0}
with create_app().app_context():
    {0}.drain()
"""


@pytest.fixture
def doctor(app):
    """`doctor()`, `doctor("--mend")`: the lines about what was left behind, and what was mended."""

    def run(*options: str) -> tuple[dict[str, str], list[str]]:
        with transaction():
            for name in heartbeat.EXPECTED:
                upkeep.beat(name, pid=os.getpid())
        told = app.test_cli_runner().invoke(args=["doctor", *options]).output
        db.session.rollback()
        bad = dict(re.findall(r"^BAD  (\w+) +(.*)$", told, re.MULTILINE))
        return bad, re.findall(r"^mended (.*)$", told, re.MULTILINE)

    return run


def killed(desk, what: str, at: str) -> None:
    """A process of its own drains `what`, and is killed at the failpoint `at`."""
    settings = desk.settings
    environ = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": desk.valkey.url,
        "SECRET_KEY": settings.secret_key,
        "ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
        "FAILPOINT": f"{at}:kill",
    }
    dispose()
    died = subprocess.run([sys.executable, "-c", DIES.format(what)], env=environ, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


def test_a_webhook_whose_worker_was_killed_is_worked_on(desk, webhook, doctor, later):
    an_inbox()
    webhook(body(said("Hello")))
    killed(desk, "intake", "intake.before_commit")
    later(minutes=5)
    bad, _ = doctor()
    assert bad["intake"] == "1 webhook that nobody works on: flask doctor --mend"

    bad, mended = doctor("--mend")

    assert mended == ["intake: 1 webhook that nobody works on"]
    assert "intake" not in bad
    assert [message.text for message in the_messages()] == ["Hello"]
    assert doctor("--mend") == ({}, [])


def test_a_claim_whose_worker_was_killed_is_free_again(desk, doctor, later):
    a_reply(a_ticket(), "Yes!", by=an_agent())
    killed(desk, "delivery", "delivery.claimed")
    later(minutes=1)
    assert "sending" in doctor()[0]

    _, mended = doctor("--mend")

    assert mended == ["sending: 1 message whose sender died or that nobody settled"]
    assert db.session.scalars(sa.select(Outbox)).one().state is OutboxState.QUEUED
    assert doctor("--mend")[1] == []


def test_a_call_whose_worker_died_is_never_made_again_by_mending(desk, doctor, later):
    a_reply(a_ticket(), "Yes!", by=an_agent())
    with transaction():
        row = outbox.claim()
        assert row is not None
        outbox.begin_call(row, row.token)
    later(minutes=5)

    doctor("--mend")

    assert db.session.scalars(sa.select(Outbox)).one().state in (OutboxState.UNKNOWN, OutboxState.REVIEW)
    doctor("--mend")
    assert doctor("--mend") == ({}, [])
    assert db.session.scalars(sa.select(Outbox)).one().state is OutboxState.REVIEW


def test_what_still_cannot_be_used_is_said_and_left_for_people(webhook, run_jobs, doctor):
    an_inbox()
    webhook(b"not JSON at all")
    run_jobs()

    bad, mended = doctor("--mend")

    assert mended[0].endswith("1 still cannot be used: look at Settings, Webhooks")
    assert "webhooks" in bad
    assert db.session.scalars(sa.select(Ledger)).one().state is LedgerState.QUARANTINED


def test_a_partly_applied_webhook_is_applied_wholly(webhook, run_jobs, doctor):
    an_inbox()
    webhook(body(said("Hello")))
    run_jobs()
    with transaction():
        row = db.session.scalars(sa.select(Ledger)).one()
        row.state, row.error = LedgerState.PARTLY, "item 1: KeyError"

    _, mended = doctor("--mend")

    assert mended == ["webhooks: 1 webhook not used, or not wholly"]
    assert len(the_messages()) == 1
    assert doctor("--mend") == ({}, [])


def test_tickets_show_their_open_wait_and_their_newest_message(doctor):
    an_inbox()
    well = a_ticket("Hello", customer="1")
    waits, does_not_wait, shows_old = (a_ticket("Hello", customer=str(number)) for number in (2, 3, 4))
    newest = a_customer_message("And?", customer="4")
    with transaction():
        db.session.get_one(Ticket, waits.id).waiting_since = None
        db.session.execute(sa.delete(Wait).where(Wait.ticket_id == does_not_wait.id))
        db.session.get_one(Ticket, shows_old.id).last_message_id = None

    _, mended = doctor("--mend")

    assert mended == ["waits: 2 tickets with a wrong wait", "rows: 1 ticket without the newest message in the queue"]
    db.session.expire_all()
    assert db.session.get_one(Ticket, waits.id).waiting_since is not None
    assert db.session.get_one(Ticket, does_not_wait.id).waiting_since is None
    assert db.session.get_one(Ticket, shows_old.id).last_message_id == newest.id
    assert db.session.get_one(Ticket, well.id).waiting_since is not None
    assert doctor("--mend") == ({}, [])


def test_a_bell_that_nobody_hears_is_rung_anew(doctor, valkey, desk):
    from redis import Redis

    redis = Redis.from_url(valkey.url)
    redis.set("ring:intake", 1)

    bad, mended = doctor("--mend")

    assert mended == ["bells: 1 bell that nobody hears"]
    assert "bells" not in bad
    assert redis.ttl("ring:intake") > 0


def test_a_well_desk_has_nothing_to_mend(sandbox, run_jobs, doctor):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    a_reply(db.session.scalars(sa.select(Ticket)).one(), "Hi!", by=an_agent())
    run_jobs()

    assert doctor("--mend") == ({}, [])
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 2
    assert clock.now() - db.session.scalars(sa.select(Outbox)).one().queued_at < timedelta(minutes=5)
