"""Health and figures, as probes and Prometheus ask for them."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from helpdesk import clock, migrating, schema
from helpdesk.db import db, transaction
from helpdesk.domain import ledger, tallies
from helpdesk.models import Heartbeat
from helpdesk.web import condition, tally
from tests.factories import a_ticket, an_inbox
from tests.support import instagram
from workers import upkeep
from workers.parent import numbered

WORKERS = ("worker live", "worker delivery", "worker bulk", "clock")


def all_alive(*, also: str = "") -> None:
    with transaction():
        for name in (*WORKERS, *filter(None, [also])):
            db.session.merge(Heartbeat(name=name, at=clock.now(), pid=1))


def figures(client, **more) -> dict[str, float]:
    answer = client().get("/metrics", **more)
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_a_living_process_says_so_without_asking_anybody(client):
    asked = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *statement: asked.append(statement))

    answer = client().client.get("/healthz")

    assert answer.status_code == 200
    assert answer.text == "ok\n"
    assert asked == []


@pytest.mark.both_databases
def test_a_whole_desk_is_ready(client):
    all_alive()

    answer = client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json["state"] == "ready"
    assert answer.json["database"] == {"state": "ok"}
    assert answer.json["redis"] == {"state": "ok"}
    assert answer.json["migrations"] == {"state": "ok", "detail": schema.newest()}
    assert set(answer.json["workers"]["last_heartbeat"]) == set(WORKERS)


def test_without_workers_the_desk_is_degraded_but_usable(client, later):
    all_alive()
    later(seconds=31)

    answer = client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json["state"] == "degraded"
    assert answer.json["workers"]["state"] == "silent"


@pytest.mark.both_databases
def test_the_second_worker_of_a_kind_is_missed_until_it_is_clear_that_there_is_none_any_more(client, later):
    all_alive(also="worker live 2")
    later(minutes=2)
    all_alive()

    assert client().get("/readyz").json["state"] == "degraded"
    upkeep.forget_processes()
    assert client().get("/readyz").json["state"] == "degraded"

    later(hours=1)
    all_alive()
    upkeep.forget_processes()

    told = client().get("/readyz").json
    assert told["state"] == "ready"
    assert set(told["workers"]["last_heartbeat"]) == set(WORKERS)


def test_a_worker_that_every_desk_has_is_missed_for_ever(client, later):
    all_alive()
    later(days=2)

    upkeep.forget_processes()

    told = client().get("/readyz").json["workers"]
    assert told["state"] == "silent"
    assert all(told["last_heartbeat"].values())


def test_workers_of_a_kind_have_names_of_their_own():
    names = [child.process for child in numbered(["live", "live", "delivery", "live", "clock"])]

    assert names == ["worker live", "worker live 2", "worker delivery", "worker live 3", "clock"]


def test_without_redis_the_desk_is_degraded_but_usable(client, valkey):
    all_alive()
    valkey.stop()

    answer = client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json["state"] == "degraded"
    assert answer.json["redis"]["state"] == "bad"


def test_behind_its_migrations_the_desk_is_down(client):
    with transaction():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))

    answer = client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json["migrations"]["detail"].startswith(f"at older, not at {schema.newest()}")


def test_without_its_database_the_desk_is_down_and_says_so(client, monkeypatch):
    def away(*_, **__):
        raise OperationalError("SELECT 1", {}, Exception("no route to host"))

    monkeypatch.setattr(condition, "_migrations", away)

    answer = client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json["state"] == "down"
    assert "no route" not in answer.text


def test_the_newest_migration_is_the_one_that_alembic_names():
    assert schema.newest() == ScriptDirectory(str(migrating.DIRECTORY)).get_current_head()


# --- figures ------------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_figures_tell_what_waits(client, later):
    all_alive()
    a_ticket()
    later(minutes=5)

    told = figures(client)

    assert told["helpdesk_tickets_unclosed"] == 1
    assert told["helpdesk_waiting_oldest_seconds"] == pytest.approx(300, abs=30)
    assert told['helpdesk_inboxes{channel="instagram",state="working"}'] == 1
    assert told['helpdesk_outbox{state="queued"}'] == 0
    assert told["helpdesk_redis_up"] == 1
    assert told['helpdesk_heartbeat_age_seconds{name="clock"}'] == pytest.approx(300, abs=30)


@pytest.mark.both_databases
def test_forged_webhooks_are_counted_though_nothing_is_stored(webhook, client):
    before = figures(client).get('helpdesk_webhooks_total{answer="401",channel="instagram"}', 0)

    for _ in range(3):
        webhook("instagram/text.json", secret="wrong")

    assert figures(client)['helpdesk_webhooks_total{answer="401",channel="instagram"}'] == before + 3


@pytest.mark.both_databases
def test_what_brings_no_message_is_counted_once_however_often_it_is_run(webhook, run_jobs, client):
    an_inbox()
    for name in ("comment_facebook_login", "mention_facebook_login", "dashboard_test_changes", "unknown_event", "text"):
        webhook(f"instagram/{name}.json")
    run_jobs()
    with transaction():
        ledger.replay(since=None, channel=None, account=None, failed_only=False)
    run_jobs()

    told = {name: value for name, value in figures(client).items() if "unsupported_events_total" in name}

    kinds = {re.findall(r'kind="(\w+)"', name)[0]: value for name, value in told.items()}
    assert kinds.pop("comments") == kinds.pop("mentions") == kinds.pop("dashboard_test_messages") == 1
    assert list(kinds.values()) == [1]
    assert all('channel="instagram"' in name for name in told)


def test_a_platform_that_invents_events_does_not_make_counts_without_end(webhook, run_jobs, client):
    an_inbox()
    webhook(instagram.body(*(instagram.event({f"new thing {number}": {}}) for number in range(60))))
    run_jobs()

    told = {name: value for name, value in figures(client).items() if "unsupported_events_total" in name}

    assert len(told) == tallies.MOST_WORDS + 1
    assert told['helpdesk_unsupported_events_total{channel="instagram",kind="other"}'] == 60 - tallies.MOST_WORDS


@pytest.mark.both_databases
def test_changes_whose_message_never_came_are_counted_when_they_are_dropped(webhook, run_jobs, client, later):
    an_inbox()
    webhook("instagram/reaction_react.json")
    run_jobs()
    later(days=6)
    upkeep.drop_pending_changes()
    assert "helpdesk_pending_changes_dropped_total" not in figures(client)

    later(days=2)
    upkeep.drop_pending_changes()
    upkeep.drop_pending_changes()

    assert figures(client)["helpdesk_pending_changes_dropped_total"] == 1


def test_counts_are_kept_while_the_database_is_away(desk, monkeypatch):
    tally.settle()

    def away(*_):
        raise OperationalError("INSERT", {}, Exception("away"))

    with monkeypatch.context() as patched:
        patched.setattr(tally, "_add", away)
        tally.count("handshakes", answer="403")
        tally.settle()
    tally.settle()

    assert tallies.totals()[("handshakes", (("answer", "403"),))] == 1


def test_two_processes_add_up(desk):
    tally._add({"tally:webhooks answer=200": 2})
    tally._add({"tally:webhooks answer=200": 3})

    assert tallies.totals()[("webhooks", (("answer", "200"),))] == 5


@pytest.mark.parametrize(
    "more",
    [
        {"environ_overrides": {"REMOTE_ADDR": "192.0.2.4"}},
        {"environ_overrides": {"REMOTE_ADDR": ""}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"headers": {"Authorization": "Bearer hd_made_up"}, "environ_overrides": {"REMOTE_ADDR": "192.0.2.4"}},
    ],
)
def test_figures_are_told_to_this_machine_only(client, more):
    assert client().get("/metrics", **more).status_code == 401
