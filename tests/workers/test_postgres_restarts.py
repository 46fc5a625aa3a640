"""PostgreSQL crashes, comes back, or only reads: the desk's processes wait and go on."""

from __future__ import annotations

import http.client
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import upkeep
from tests.commands.waiting import until
from tests.factories import a_ticket, an_agent, an_inbox, the_messages
from tests.support import desk as desks
from tests.support.console import Console
from tests.support.databases import migrate
from tests.support.desk import PAYLOADS, signature
from tests.support.postgres import DURABLE, MISSING, Postgres
from tests.support.running import RunningDesk, running_desk

pytestmark = [pytest.mark.postgres_only, pytest.mark.postgres]


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A server of the test's own, which it may harm."""
    started = Postgres.launch(settings=DURABLE)
    if started is None:
        pytest.skip(MISSING)
    started.ready()
    started.create("desk")
    yield started
    started.stop()


@pytest.fixture
def harmed(server: Postgres, tmp_path: Path) -> Iterator[RunningDesk]:
    """Every process of a desk on that server."""
    migrate(server.url("desk"), tmp_path)
    with running_desk(tmp_path, server.url("desk")) as desk:
        yield desk
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_after_a_crash_everything_goes_on_by_itself(server, harmed):
    an_inbox()
    assert webhook(harmed, "instagram/text.json") == 200
    until(lambda: len(stored(harmed)) == 1)

    desks.dispose()  # the test's own connections
    server.die()
    assert webhook(harmed, "instagram/image.json") == 503
    assert harmed.readiness == 503
    until(lambda: "the clock waits for the database" in harmed.log("workers"))
    server.start_again()

    until(lambda: webhook(harmed, "instagram/image.json") == 200)
    back_at = clock.now()
    until(lambda: len(stored(harmed)) == 2, seconds=40)
    until(lambda: all(at > back_at for at in heartbeats(harmed)))
    assert harmed.is_ready
    assert {name for name, one in harmed.processes.items() if one.poll() is not None} == set()
    harmed.sandbox.say("And in red?")
    until(lambda: len(stored(harmed)) == 3)


def test_while_it_only_reads_webhooks_are_refused_and_pages_are_shown(server, harmed):
    an_inbox()
    ticket = a_ticket()
    page = Console.new(harmed.app, an_agent())
    assert page.get(f"/tickets/{ticket.number}").status_code == 200
    only_reads(server, "on")

    assert webhook(harmed, "instagram/image.json") == 503
    for path in (f"/tickets/{ticket.number}", "/queue", "/changes?since=0"):
        assert page.get(path, follow_redirects=True).status_code == 200, path

    only_reads(server, "off")
    until(lambda: webhook(harmed, "instagram/image.json") == 200)
    until(lambda: len(stored(harmed)) == 2, seconds=40)


def heartbeats(desk: RunningDesk) -> list[datetime]:
    db.session.rollback()
    return list(upkeep.heartbeats().values())


def stored(desk: RunningDesk) -> list[object]:
    try:
        db.session.rollback()
        return list(the_messages())
    except DBAPIError:  # a connection from before the crash
        db.session.rollback()
        return []


def webhook(desk: RunningDesk, name: str) -> int:
    body = (PAYLOADS / name).read_bytes()
    connection = http.client.HTTPConnection("127.0.0.1", desk.settings.port, timeout=30)
    connection.request("POST", "/webhooks/instagram", body, {"X-Hub-Signature-256": signature(body)})
    return connection.getresponse().status


def only_reads(server: Postgres, value: str) -> None:
    with psycopg.connect(server.address("postgres"), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        connection.execute("SELECT pg_reload_conf()")
