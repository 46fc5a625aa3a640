"""A message's way can be read in the logs, by ids and outcomes; its words and the secrets cannot."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
import structlog
from rq import Queue
from rq.serializers import JSONSerializer

from helpdesk import queue
from helpdesk.db import db
from helpdesk.models import Ledger, Outbox
from tests.factories import a_reply, an_agent, an_inbox, the_messages, the_ticket
from tests.support.logged import caught, entries
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET
from workers import crew, taking

WORKED_ON = "a webhook was worked on"


@pytest.fixture
def lines(desk) -> Iterator[Callable[[], list[str]]]:
    with caught() as begin:
        yield begin()


def test_an_inbound_message_can_be_followed_from_the_door_to_its_row(webhook, run_jobs, lines):
    an_inbox()

    webhook("instagram/text.json")
    run_jobs()

    (request,) = entries(lines(), "request")
    (work,) = entries(lines(), WORKED_ON)
    row, (message,) = db.session.execute(sa.select(Ledger)).scalar_one(), the_messages()
    assert (request["status"], request["digest"]) == (200, work["digest"])
    assert request["request_id"]
    assert (work["ledger_id"], work["message_id"], work["state"], work["count"]) == (row.id, str(message.id), "done", 1)
    assert message.text not in "".join(lines())


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("name", "state"), [("comment_facebook_login", "done"), ("broken", "quarantined"), ("unmatched", "unmatched")]
)
def test_whatever_becomes_of_a_webhook_leaves_one_line(webhook, run_jobs, lines, name, state):
    an_inbox(account_id="17841499999999999" if name == "unmatched" else "17841400000000001")

    webhook({"broken": b"{", "unmatched": "instagram/text.json"}.get(name, f"instagram/{name}.json"))
    run_jobs()

    (work,) = entries(lines(), WORKED_ON)
    assert (work["state"], work["count"], "message_id" in work) == (state, 0, False)


def test_every_delivery_leaves_one_line_with_its_outcome(sandbox, run_jobs, lines):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    agent = an_agent()
    sandbox.fault("invalid_message_100_2534015", what="send", text_contains="refused")

    sent, refused = a_reply(the_ticket(), "a sentence", by=agent), a_reply(the_ticket(), "refused words", by=agent)
    run_jobs()

    first, second = entries(lines(), "a message was sent"), entries(lines(), "a message was not sent")
    rows = {row.message_id: row.id for row in db.session.execute(sa.select(Outbox)).scalars()}
    assert [(one["message_id"], one["outbox_id"], one["outcome"]) for one in first] == [
        (sent.id, rows[sent.id], "accepted")
    ]
    assert [(one["message_id"], one["outbox_id"], one["outcome"], one["kind"]) for one in second] == [
        (refused.id, rows[refused.id], "refused", "invalid")
    ]
    everything = "".join(lines())
    for word in ("a sentence", "refused words", "Hello", ACCESS_TOKEN, APP_SECRET):
        assert word not in everything


@pytest.mark.sqlite_only
def test_what_a_job_does_bears_its_id_in_its_threads_too(desk, sandbox, run_jobs, lines):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    desk.valkey.empty()
    a_reply(the_ticket(), "Yes!", by=an_agent())
    (job,) = Queue("delivery", connection=queue.connection(), serializer=JSONSerializer).jobs

    with signals_kept():
        taking.worker(desk.app, "delivery").work(burst=True, logging_level="WARNING")
    crew.wait()

    (sent,) = entries(lines(), "a message was sent")
    assert (sent["job_id"], sent["ring"]) == (job.id, "delivery")
    assert "job_id" not in structlog.contextvars.get_contextvars()


@contextmanager
def signals_kept() -> Iterator[None]:
    """A worker takes the process's signals for its own."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
