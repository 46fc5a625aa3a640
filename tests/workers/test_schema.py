"""Workers whose code does not fit the database take nothing, say so, and go on by themselves."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk import schema
from helpdesk.db import db, transaction
from helpdesk.models import Ledger, LedgerState
from tests.commands.waiting import until
from tests.factories import an_inbox, the_messages

LATER = "9999"


def stamp(version: str) -> None:
    with transaction():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def readiness(desk) -> dict:
    desk.reading()
    return desk.app.test_client().get("/readyz", base_url=desk.settings.public_url).json


def test_workers_of_an_older_desk_claim_nothing_until_the_database_fits_them(desk, webhook, start_workers):
    an_inbox()
    stamp(LATER)
    assert webhook("instagram/text.json").status_code == 200

    workers = start_workers("live", "clock")
    until(lambda: {"worker live", "clock"} <= set(readiness(desk)["workers"]["waiting"]))

    told = readiness(desk)["workers"]
    assert told["waiting"]["clock"] == f"at {LATER}, not at {schema.newest()}: start the newer version of the desk"
    assert told["last_heartbeat"]["clock"] is None
    until(lambda: workers.said.count("no work is taken") == 2)
    row = db.session.execute(sa.select(Ledger)).scalar_one()
    assert (row.state, row.attempts) == (LedgerState.NEW, 0)

    stamp(schema.newest())

    until(lambda: not readiness(desk)["workers"]["waiting"])
    until(lambda: desk.reading() or len(the_messages()) == 1)


def test_workers_notice_a_migration_that_ran_under_them(desk, webhook, start_workers):
    an_inbox()
    workers = start_workers("live", "clock")
    until(lambda: readiness(desk)["workers"]["last_heartbeat"]["clock"] is not None)

    stamp(LATER)
    webhook("instagram/text.json")

    until(lambda: workers.said.count("no work is taken") == 2)
    desk.reading()
    assert db.session.execute(sa.select(Ledger.attempts)).scalar_one() == 0


def test_webhooks_are_refused_while_the_database_is_behind(desk, webhook):
    an_inbox()
    with transaction():
        db.session.execute(sa.text("DELETE FROM alembic_version"))

    answer = webhook("instagram/text.json")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert db.session.execute(sa.select(sa.func.count(Ledger.id))).scalar_one() == 0
    with transaction():
        db.session.execute(sa.text("INSERT INTO alembic_version VALUES (:version)"), {"version": schema.newest()})
    assert webhook("instagram/text.json").status_code == 200
