"""What people read of one message's way: each step with its time, from the rows that decided it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import journey, messages, outbox
from helpdesk.domain.presentation import times
from helpdesk.models import AttemptResult, Message, OutboxAttempt
from tests.factories import a_reply, a_ticket, an_agent, an_inbox, the_messages, the_ticket
from tests.support.instagram import body, said


def told(message: Message) -> list[tuple[str, str]]:
    return [(step.words, step.detail) for step in journey.steps(db.session.get_one(Message, message.id))]


def calls() -> list[tuple[int, AttemptResult | None]]:
    found = sa.select(OutboxAttempt).order_by(OutboxAttempt.outbox_id, OutboxAttempt.n)
    return [(call.n, call.result) for call in db.session.execute(found).scalars()]


def test_a_customer_s_message_from_its_platform_to_its_answer(sandbox, run_jobs, client, later):
    an_inbox()
    mona = an_agent("Mona Ortiz")
    sandbox.say("Hello")
    run_jobs()
    (message,) = the_messages()
    assert told(message)[-2:] == [("Nobody has opened it yet", ""), ("Waits for an answer", "")]

    later(seconds=90)
    client(mona).post(f"/tickets/{the_ticket().number}/read")
    a_reply(the_ticket(), "Hi!", by=mona)
    run_jobs()

    steps = journey.steps(db.session.get_one(Message, message.id))
    assert [(step.words, step.detail) for step in steps] == [
        ("Sent by the customer", "by Instagram's clock"),
        ("Received and stored", ""),
        ("Processed and shown", ""),
        ("First seen", "by Mona Ortiz"),
        ("Answered", "by Mona Ortiz"),
    ]
    assert steps[1].ledger_id is not None
    assert re.fullmatch(r"1 min 3\d s", steps[3].gap)


def test_a_late_message_says_how_late_and_a_repeat_adds_nothing(webhook, run_jobs, later):
    an_inbox()
    late = body(said("Hello", at=0))
    later(minutes=9)

    webhook(late)
    webhook(late)
    run_jobs()

    (message,) = the_messages()
    steps = journey.steps(message)
    assert [step.words for step in steps].count("Received and stored") == 1
    assert re.match(r"arrived \d+ min late", steps[1].detail)
    assert message.late_by >= 9


def test_only_who_saw_it_first_counts(client, later):
    ticket = a_ticket()
    first, second = an_agent("Mona Ortiz"), an_agent("Tom Berg")
    client(first).post(f"/tickets/{ticket.number}/read")
    later(minutes=5)

    client(second).post(f"/tickets/{ticket.number}/read")

    assert ("First seen", "by Mona Ortiz") in told(the_messages()[0])


def test_every_try_of_an_answer_is_kept_with_what_came_back(sandbox, run_jobs, later):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("rate_limit_613_2534040", times=2, what="send")
    reply = a_reply(the_ticket(), "Hi!", by=an_agent("Mona Ortiz"))

    for _ in range(3):
        run_jobs()
        later(minutes=10)

    assert calls() == [(1, AttemptResult.REFUSED), (2, AttemptResult.REFUSED), (3, AttemptResult.ACCEPTED)]
    steps = told(reply)
    assert [words for words, _ in steps[:5]] == ["Written", "Queued", "Try 1", "Try 2", "Try 3"]
    assert steps[2][1].startswith("Refused after")
    assert steps[4][1].startswith("Accepted after")


def test_an_uncertain_answer_confirmed_by_a_person(sandbox, run_jobs, later):
    an_inbox()
    mona = an_agent("Mona Ortiz")
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("drop", times=None, what="webhook", event="echo")
    sandbox.fault("reset_after_accept", what="send")
    reply = a_reply(the_ticket(), "Hi!", by=mona)
    run_jobs()
    later(seconds=95)
    run_jobs()
    assert told(reply)[-1] == ("Somebody must decide", outbox.MAY_HAVE_ARRIVED)

    with transaction():
        messages.confirm(db.session.get_one(Message, reply.id), by=mona)

    assert calls() == [(1, AttemptResult.UNKNOWN)]
    assert ("Confirmed", "confirmed by Mona Ortiz") in told(reply)


def test_an_echo_confirms_what_the_call_left_open(sandbox, run_jobs, later):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("reset_after_accept", what="send")
    reply = a_reply(the_ticket(), "Hi!", by=an_agent())

    run_jobs()
    later(seconds=3)
    run_jobs()

    assert calls() == [(1, AttemptResult.UNKNOWN)]
    assert ("Confirmed", "Instagram told us that it has it") in told(reply)


def test_a_second_try_by_a_person_keeps_the_first_ones(sandbox, run_jobs, later):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("invalid_message_100_2534015", what="send")
    mona = an_agent("Mona Ortiz")
    reply = a_reply(the_ticket(), "Hi!", by=mona)
    run_jobs()
    assert told(reply)[-1][0] == "Given up"
    later(minutes=5)

    with transaction():
        messages.retry(db.session.get_one(Message, reply.id), by=mona)
    run_jobs()

    assert calls() == [(1, AttemptResult.REFUSED), (2, AttemptResult.ACCEPTED)]
    assert [words for words, _ in told(reply)[:4]] == ["Written", "Try 1", "Queued again", "Try 2"]


def test_a_message_that_is_removed_takes_its_tries_along(sandbox, run_jobs):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("invalid_message_100_2534015", what="send")
    mona = an_agent()
    reply = a_reply(the_ticket(), "Hi!", by=mona)
    run_jobs()

    with transaction():
        messages.remove(db.session.get_one(Message, reply.id), by=mona)

    assert calls() == []


def test_the_journey_is_for_those_who_see_the_message_and_webhooks_for_owners(webhook, run_jobs, client):
    an_inbox(team="Sales")
    webhook("instagram/text.json")
    run_jobs()
    (message,) = the_messages()
    path = f"/messages/{message.id}/journey"

    mine = client(an_agent(team="Sales")).get(path).text
    owners = client(an_agent(role="owner")).get(path).text

    assert "Received and stored" in mine
    assert "/settings/webhooks/" not in mine
    assert f"/settings/webhooks/{message.ledger_id}" in owners
    assert client(an_agent(team="Returns")).get(path).status_code == 404


@pytest.mark.parametrize(
    ("length", "words"),
    [(0.08, "80 ms"), (4.2, "4.2 s"), (90, "1 min 30 s"), (3600, "1 h"), (11100, "3 h 5 min"), (187300, "2 d 4 h")],
)
@pytest.mark.sqlite_only
def test_gaps_are_told_exactly(length, words):
    assert times.exact(length) == words
