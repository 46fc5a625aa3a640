"""The strip over the console: what is wrong, for whom, and that it goes when it is over."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import upkeep
from helpdesk.models import Inbox, InboxState, LedgerState, Setting
from helpdesk.web import condition
from tests.factories import a_ticket, an_agent, an_inbox
from tests.support.desk import dispose
from tests.web.test_settings import a_webhook
from workers import heartbeat

PAGE = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _all_alive(desk):
    with transaction():
        for name in heartbeat.EXPECTED:
            upkeep.beat(name, pid=os.getpid())


def strip(browser) -> str:
    condition.forget()
    page = browser.get("/tickets?view=mine", headers=PAGE).text
    return page.partition("<desk-banners")[2].partition("</desk-banners>")[0]


def lines(browser) -> list[str]:
    return [part.partition('"')[0] for part in strip(browser).split('data-key="')[1:]]


def test_when_all_is_well_nothing_is_said(client):
    assert lines(client(an_agent(role="owner"))) == []


def test_without_redis_everybody_is_told_calmly(client, valkey):
    mona = client(an_agent())
    valkey.stop()

    assert "Working without the queue" in strip(mona)
    assert "data-dismiss-banner" in strip(mona)


def test_silent_workers_are_named_and_the_line_goes_when_they_are_back(client, later):
    mona = client(an_agent())
    later(seconds=31)
    assert "no sign of life from worker live" in strip(mona)

    with transaction():
        for name in heartbeat.EXPECTED:
            upkeep.beat(name, pid=os.getpid())

    assert lines(mona) == []


@pytest.mark.parametrize("state", [InboxState.NEEDS_SIGN_IN, InboxState.SUSPENDED])
def test_a_refused_account_concerns_its_team_and_owners_know_what_to_do(client, state):
    inbox = an_inbox("Studio Nord", team="Sales")
    with transaction():
        db.session.get_one(Inbox, inbox.id).state = state

    hers, owners = strip(client(an_agent(team="Sales"))), strip(client(an_agent(role="owner")))

    assert "Studio Nord" in hers
    assert "an owner has connected it again" in hers
    assert "/settings/" not in hers
    assert "/settings/inboxes" in owners
    assert ("flask inbox reconnect" in owners) is (state is InboxState.NEEDS_SIGN_IN)
    assert lines(client(an_agent(team="Returns"))) == []


def test_an_event_in_quarantine_is_told_to_owners_alone(client):
    a_webhook(state=LedgerState.QUARANTINED)

    assert "1 event needs review." in strip(client(an_agent(role="owner")))
    assert "/settings/webhooks?state=quarantined" in strip(client(an_agent(role="owner")))
    assert lines(client(an_agent(role="lead"))) == []


def test_a_clock_that_is_held_is_told(client):
    with transaction():
        db.session.add(Setting(name="clock_held", value={"since": "2026-11-23T09:00:00Z", "apart_seconds": 7200}))

    assert "clock has jumped by 2 h" in strip(client(an_agent()))


def test_the_most_severe_comes_first(client, valkey):
    inbox = an_inbox("Studio Nord")
    a_webhook(state=LedgerState.PARTLY)
    with transaction():
        db.session.get_one(Inbox, inbox.id).state = InboxState.SUSPENDED
    valkey.stop()

    assert lines(client(an_agent(role="owner"))) == [f"inbox-{inbox.id}", "redis", "review-1"]


def test_an_open_page_learns_of_it_by_its_next_question_and_of_its_end(client):
    mona = client(an_agent())
    condition.forget()
    first = mona.get("/changes?since=0", headers=JSON)
    same = {"If-None-Match": first.headers["ETag"], **JSON}
    assert mona.get("/changes?since=0", headers=same).status_code == 304

    with transaction():
        db.session.add(Setting(name="clock_held", value={"since": "2026-11-23T09:00:00Z", "apart_seconds": 60}))
    condition.forget()
    told = mona.get("/changes?since=0", headers=same)
    with transaction():
        db.session.execute(sa.delete(Setting))
    condition.forget()
    over = mona.get("/changes?since=0", headers={"If-None-Match": told.headers["ETag"], **JSON})

    assert "clock has jumped" in told.json["banners"]
    assert "clock has jumped" not in over.text
    assert over.status_code == 200


def test_a_look_is_shared_by_the_pages_of_two_seconds(client, valkey):
    mona = client(an_agent())
    assert lines(mona) == []

    valkey.stop()

    assert "Working without" not in mona.get("/tickets?view=mine", headers=PAGE).text


@pytest.mark.postgres_only
def test_a_database_that_can_only_be_read_shows_its_last_state_and_says_so(client, webhook, later):
    number, mona = a_ticket().number, client(an_agent())
    later(minutes=2)  # its session is to be marked as used
    with transaction():
        for each in heartbeat.EXPECTED:
            upkeep.beat(each, pid=os.getpid())
    name = db.engine.url.database
    dispose()
    try:
        with transaction():
            db.session.execute(sa.text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        dispose()

        assert "Storing is not possible right now" in strip(mona)
        assert webhook("instagram/text.json").status_code == 503
        note = {"kind": "note", "client_id": "one", "text": "A note"}
        answer = mona.post(f"/tickets/{number}/messages", data=note, headers=JSON)
        assert answer.status_code == 503
        assert "Storing is not possible right now" in answer.json["error"]
    finally:
        dispose()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("SET default_transaction_read_only = off"))
            connection.execute(sa.text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
        dispose()

    assert lines(mona) == []
