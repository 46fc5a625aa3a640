"""What may still be sent: 24 hours for everything, seven days for what a person typed where that was granted."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import access, messages
from helpdesk.errors import Invalid
from helpdesk.models import Agent, Inbox, Message, Outbox, OutboxState
from tests.factories import OTHER_ACCOUNT, a_note, a_reply, an_agent, an_inbox, the_messages, the_ticket


@pytest.fixture
def agent(sandbox, run_jobs):
    """Somebody whom a customer has just asked something."""
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    return an_agent()


def test_a_day_after_the_last_message_nothing_can_be_sent(run_jobs, later, agent):
    later(hours=24, minutes=5)

    with pytest.raises(Invalid, match="window"):
        a_reply(the_ticket(), "Too late?", by=agent)
    a_note(the_ticket(), "Call her instead", by=agent)

    assert [message.direction for message in the_messages()] == ["inbound", "note"]


def test_a_window_that_closes_while_a_reply_is_queued_is_noticed_before_the_call(sandbox, run_jobs, later, agent):
    later(hours=23, minutes=30)
    reply = a_reply(the_ticket(), "Just in time?", by=agent)

    later(hours=1)
    run_jobs()

    message = db.session.get_one(Message, reply.id)
    assert (message.status, sandbox.texts()) == ("failed", [])
    assert "window" in message.status_reason


def test_the_next_message_of_the_customer_opens_the_window_again(sandbox, run_jobs, later, agent):
    later(hours=30)
    sandbox.say("Still there?")
    run_jobs()

    a_reply(the_ticket(), "Yes", by=agent)
    run_jobs()

    assert sandbox.texts() == ["Yes"]


@pytest.fixture
def granted(sandbox, run_jobs):
    """Somebody whom a customer of the account with Human Agent has just asked something."""
    inbox = an_inbox("Outlet", account_id=OTHER_ACCOUNT)
    with transaction():
        db.session.get_one(Inbox, inbox.id).options = {"login": "instagram", "human_agent": True}
    sandbox.say("Hello", inbox=OTHER_ACCOUNT)
    run_jobs()
    return an_agent()


def test_a_person_may_answer_for_seven_days_where_it_was_granted(sandbox, run_jobs, later, granted):
    a_reply(the_ticket(), "In time", by=granted)
    run_jobs()
    later(days=3)

    a_reply(the_ticket(), "Sorry for the wait", by=granted)
    run_jobs()

    answers = sandbox.received(inbox=OTHER_ACCOUNT)
    assert [(one["text"], one["tag"]) for one in answers] == [("In time", ""), ("Sorry for the wait", "HUMAN_AGENT")]


def test_after_seven_days_a_person_may_not_either(later, granted):
    later(days=7, minutes=5)

    with pytest.raises(Invalid, match="window"):
        a_reply(the_ticket(), "Too late", by=granted)


def test_the_platform_s_own_clock_closes_the_window_too(sandbox, run_jobs, desk, agent):
    sandbox.clock(desk.clock_offset + 25 * 3600)

    reply = a_reply(the_ticket(), "We believe that it is open", by=agent)
    run_jobs()

    message = db.session.get_one(Message, reply.id)
    assert (message.status, "reply window has closed" in message.status_reason) == ("failed", True)


def test_a_window_that_only_the_platform_knows_to_be_closed_lets_a_person_answer_late_where_it_was_granted(
    sandbox, run_jobs, desk, granted
):
    sandbox.clock(desk.clock_offset + 25 * 3600)

    reply = a_reply(the_ticket(), "We believe that it is open", by=granted)
    run_jobs()

    answers = sandbox.received(inbox=OTHER_ACCOUNT)
    assert [(one["text"], one["tag"]) for one in answers] == [("We believe that it is open", "HUMAN_AGENT")]
    row = db.session.execute(sa.select(Outbox)).scalar_one()
    assert (row.message_id, row.state, row.attempts) == (reply.id, OutboxState.SENT, 2)
    assert the_messages()[-1].status_reason == ""


def test_a_late_answer_that_is_refused_too_fails_and_is_not_tried_a_third_time(sandbox, run_jobs, granted):
    sandbox.fault("window_closed_10_2534022", times=2, what="send")

    reply = a_reply(the_ticket(), "Twice refused", by=granted)
    run_jobs()

    message = db.session.get_one(Message, reply.id)
    assert (message.status, sandbox.texts(inbox=OTHER_ACCOUNT)) == ("failed", [])
    assert "window has closed" in message.status_reason
    assert db.session.execute(sa.select(Outbox.attempts)).scalar_one() == 2


def test_a_late_answer_holds_its_place_before_what_was_written_after_it(sandbox, run_jobs, granted):
    sandbox.fault("window_closed_10_2534022", what="send", text_contains="first")

    a_reply(the_ticket(), "first", by=granted)
    a_reply(the_ticket(), "second", by=granted)
    run_jobs()

    answers = sandbox.received(inbox=OTHER_ACCOUNT)
    assert [(one["text"], one["tag"]) for one in answers] == [("first", "HUMAN_AGENT"), ("second", "")]


def test_a_person_s_own_retry_starts_as_any_other_message(sandbox, run_jobs, granted):
    sandbox.fault("window_closed_10_2534022", times=2, what="send")
    reply = a_reply(the_ticket(), "Twice refused", by=granted)
    run_jobs()

    with transaction():
        by = db.session.get_one(Agent, granted.id)
        messages.retry(access.message(reply.id, by=by), by=by)
    run_jobs()

    answers = sandbox.received(inbox=OTHER_ACCOUNT)
    assert [(one["text"], one["tag"]) for one in answers] == [("Twice refused", "")]


def test_a_reaction_does_not_open_the_window(sandbox, run_jobs, later, agent):
    mid = the_messages()[0].platform_id
    later(hours=25)
    sandbox.say(kind="reaction", mid=mid)
    run_jobs()

    with pytest.raises(Invalid, match="window"):
        a_reply(the_ticket(), "Nice that you like it", by=agent)
