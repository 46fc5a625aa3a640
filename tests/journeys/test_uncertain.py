"""When nobody knows whether a message arrived: it is never sent again blindly. An echo settles it, or people do."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.channels.contract import Accepted
from helpdesk.db import db, transaction
from helpdesk.domain import access, messages
from helpdesk.domain import outbox as outboxes
from helpdesk.errors import Conflict
from helpdesk.models import Message, Outbox, OutboxState, Wait
from tests.factories import a_reply, an_agent, an_inbox, the_messages, the_ticket


@pytest.fixture
def agent(sandbox, run_jobs):
    """Somebody whom a customer has asked something; the platform's echoes get lost."""
    an_inbox()
    asked = an_agent("Mona Ortiz")
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("drop", times=None, what="webhook", event="echo")
    return asked


def the_row() -> Outbox:
    return db.session.execute(sa.select(Outbox).order_by(Outbox.id).limit(1)).scalar_one()


@pytest.mark.parametrize(
    ("deed", "is_on_the_phone"),
    [
        ("reset_after_accept", True),
        ("no_id", True),
        ({"status": 500}, False),
        ({"status": 503}, False),
        ({"status": 404}, False),
        ("unknown_transient_2", False),
    ],
    ids=str,
)
def test_an_answer_that_says_nothing_is_uncertain_and_nothing_is_sent_twice(
    sandbox, run_jobs, later, agent, open_page, deed, is_on_the_phone
):
    page = open_page(agent)
    sandbox.fault(deed, what="send")

    reply = a_reply(the_ticket(), "Yes!", by=agent)
    run_jobs()
    message = db.session.get_one(Message, reply.id)
    assert (message.status, the_row().state) == ("uncertain", OutboxState.UNKNOWN)
    assert "Checking whether it has arrived" in page.html

    later(seconds=95)
    run_jobs()
    later(hours=2)
    run_jobs()

    assert the_row().state is OutboxState.REVIEW
    assert "may have arrived" in db.session.get_one(Message, reply.id).status_reason
    assert sandbox.texts() == (["Yes!"] if is_on_the_phone else [])


def test_it_arrived_says_a_person(sandbox, run_jobs, later, agent):
    sandbox.fault("reset_after_accept", what="send")
    reply = a_reply(the_ticket(), "Yes!", by=agent)
    run_jobs()
    later(seconds=95)
    run_jobs()

    with transaction():
        messages.confirm(access.message(reply.id, by=agent), by=agent)
    run_jobs()

    message = db.session.get_one(Message, reply.id)
    assert (message.status, the_row().detail) == ("sent", "confirmed by Mona Ortiz")
    assert sandbox.texts() == ["Yes!"]
    wait = db.session.execute(sa.select(Wait)).scalar_one()
    assert (wait.outcome, wait.replier_id) == ("replied", agent.id)


def test_send_again_says_a_person_and_only_then_it_goes_out_again(sandbox, run_jobs, later, agent):
    sandbox.fault({"status": 500}, what="send")
    reply = a_reply(the_ticket(), "Yes!", by=agent)
    run_jobs()
    later(seconds=95)
    run_jobs()
    assert sandbox.texts() == []

    with transaction():
        messages.send_again(access.message(reply.id, by=agent), by=agent)
    run_jobs()

    assert (sandbox.texts(), db.session.get_one(Message, reply.id).status) == (["Yes!"], "sent")


def test_nobody_is_asked_before_the_90_seconds_are_over(sandbox, run_jobs, agent):
    sandbox.fault({"status": 500}, what="send")
    reply = a_reply(the_ticket(), "Yes!", by=agent)
    run_jobs()

    with pytest.raises(Conflict), transaction():
        messages.send_again(access.message(reply.id, by=agent), by=agent)
    with pytest.raises(Conflict), transaction():
        messages.confirm(access.message(reply.id, by=agent), by=agent)


def test_two_people_decide_and_the_first_one_counts(sandbox, run_jobs, later, agent):
    sandbox.fault("reset_after_accept", what="send")
    reply = a_reply(the_ticket(), "Yes!", by=agent)
    run_jobs()
    later(seconds=95)
    run_jobs()
    with transaction():
        messages.confirm(access.message(reply.id, by=agent), by=agent)

    with pytest.raises(Conflict, match="moved on"), transaction():
        messages.send_again(access.message(reply.id, by=agent), by=agent)
    run_jobs()

    assert sandbox.texts() == ["Yes!"]


def test_what_was_written_after_it_waits_while_it_is_checked_and_goes_out_then(
    sandbox, run_jobs, later, agent, open_page
):
    page = open_page(agent)
    sandbox.fault("reset_after_accept", what="send")
    a_reply(the_ticket(), "first", by=agent)
    a_reply(the_ticket(), "second", by=agent)
    run_jobs()
    assert sandbox.texts() == ["first"]

    later(seconds=95)
    run_jobs()

    assert sandbox.texts() == ["first", "second"]
    assert [message.status for message in the_messages()[1:]] == ["uncertain", "sent"]
    assert "1 later message went out after it." in page.html


def test_a_worker_that_died_in_its_call_leaves_an_uncertain_message(sandbox, run_jobs, later, agent):
    reply = a_reply(the_ticket(), "Yes!", by=agent)
    with transaction():
        row = outboxes.claim()
        assert row is not None
        assert outboxes.begin_call(row, row.token)

    later(seconds=40)
    run_jobs()
    assert the_row().state is OutboxState.UNKNOWN
    later(seconds=60)
    run_jobs()

    assert (the_row().state, db.session.get_one(Message, reply.id).status) == (OutboxState.REVIEW, "uncertain")
    assert sandbox.texts() == []


def test_a_worker_that_died_before_its_call_loses_nothing(sandbox, run_jobs, later, agent):
    a_reply(the_ticket(), "Yes!", by=agent)
    with transaction():
        assert outboxes.claim() is not None

    later(seconds=40)
    run_jobs()

    assert (sandbox.texts(), the_row().state) == (["Yes!"], OutboxState.SENT)


def test_a_worker_that_wakes_up_late_does_not_call(sandbox, run_jobs, later, agent):
    """Its claim is gone: another one has it."""
    a_reply(the_ticket(), "Yes!", by=agent)
    with transaction():
        row = outboxes.claim()
        assert row is not None
        token = row.token
    later(seconds=40)
    run_jobs()

    with transaction():
        assert outboxes.begin_call(the_row(), token) is False
    assert sandbox.texts() == ["Yes!"]


def test_an_acceptance_that_comes_late_still_counts(sandbox, run_jobs, later, agent):
    a_reply(the_ticket(), "Yes!", by=agent)
    with transaction():
        row = outboxes.claim()
        assert row is not None
        token = row.token
        outboxes.begin_call(row, token)
    later(seconds=40)
    run_jobs()
    later(seconds=90)
    run_jobs()
    assert the_row().state is OutboxState.REVIEW

    with transaction():
        outboxes.settle(the_row(), Accepted("mid-late"), token=token)

    assert (the_messages()[-1].status, the_messages()[-1].platform_id) == ("sent", "mid-late")
