"""What our account sent, told by the platform: ours is recognised by id, key or likeness; the rest is from the app."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.channels.contract import Accepted
from helpdesk.db import db, transaction
from helpdesk.domain.outbox import settle
from helpdesk.models import AuthorKind, Direction, Ledger, LedgerState, Outbox, OutboxState, Wait
from tests.factories import a_reply, a_ticket, an_agent, an_inbox, the_messages, the_ticket
from tests.support.instagram import body, echo, said


def the_row() -> Outbox:
    return db.session.execute(sa.select(Outbox)).scalar_one()


def test_the_echo_of_what_we_sent_is_nothing_new(sandbox, run_jobs, open_page):
    an_inbox()
    agent = an_agent()
    sandbox.say("Hello")
    run_jobs()
    a_reply(the_ticket(), "Hi!", by=agent)
    run_jobs()
    page = open_page(agent)
    page.forget()

    run_jobs()

    assert [message.text for message in the_messages()] == ["Hello", "Hi!"]
    assert page.streams == []
    assert {row.state for row in db.session.execute(sa.select(Ledger)).scalars()} == {LedgerState.DONE}


def test_an_echo_that_comes_before_the_answer_makes_no_second_bubble(sandbox, run_jobs):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("echo_before_answer", what="send")

    a_reply(the_ticket(), "Hi!", by=an_agent())
    run_jobs()

    _, answer = the_messages()
    assert (answer.text, answer.status, answer.author_kind) == ("Hi!", "sent", AuthorKind.AGENT)
    assert answer.platform_id == sandbox.received()[0]["mid"]


def test_what_somebody_wrote_in_the_app_is_shown_as_from_the_app(sandbox, run_jobs, open_page):
    an_inbox(team="Sales")
    page, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))
    sandbox.say("Hello")
    run_jobs()

    sandbox.say_in_app("Answered on the phone")
    run_jobs()

    message = the_messages()[-1]
    assert (message.direction, message.author_kind, message.status) == (Direction.OUTBOUND, AuthorKind.APP, "sent")
    assert "Answered on the phone" in page.html
    assert outsider.streams == []


def test_an_answer_from_the_app_ends_the_wait_with_outside_credit(sandbox, run_jobs):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()

    sandbox.say_in_app("Answered on the phone")
    run_jobs()

    wait = db.session.execute(sa.select(Wait)).scalar_one()
    assert (wait.outcome, wait.is_outside, wait.replier_id) == ("replied", True, None)
    assert the_ticket().waiting_since is None


def test_an_echo_to_somebody_who_never_wrote_opens_no_ticket(webhook, run_jobs, open_page):
    an_inbox()
    page = open_page(an_agent())

    webhook("instagram/echo_text.json")
    run_jobs()

    (message,) = the_messages()
    assert (message.ticket_id, message.direction) == (None, Direction.OUTBOUND)
    assert page.streams == []


def test_an_echo_settles_what_was_uncertain(sandbox, run_jobs):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("reset_after_accept", what="send")

    a_reply(the_ticket(), "Hi!", by=an_agent())
    run_jobs()

    _, answer = the_messages()
    assert (answer.status, the_row().state) == ("sent", OutboxState.SENT)
    assert sandbox.texts() == ["Hi!"]


def test_an_echo_with_other_words_does_not_settle_what_is_uncertain(sandbox, run_jobs, webhook):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("reset_after_accept", what="send")
    sandbox.fault("drop", what="webhook", event="echo")
    a_reply(the_ticket(), "Hi!", by=an_agent())
    run_jobs()

    webhook(body(echo("Something else", mid="mid-app", at=400)))
    run_jobs()

    assert the_row().state is OutboxState.UNKNOWN
    assert [message.text for message in the_messages()] == ["Hello", "Hi!"], "the echo waits for the send to settle"


def test_an_echo_that_waited_90_seconds_is_one_from_the_app(sandbox, run_jobs, webhook, later):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("reset_after_accept", what="send")
    sandbox.fault("drop", what="webhook", event="echo")
    a_reply(the_ticket(), "Hi!", by=an_agent())
    run_jobs()
    webhook(body(echo("Something else", mid="mid-app", at=301)))
    run_jobs()

    later(seconds=95)
    run_jobs()

    assert sorted(message.text for message in the_messages()) == ["Hello", "Hi!", "Something else"]
    assert the_row().state is OutboxState.REVIEW


def test_two_alike_and_both_uncertain_are_left_to_people(sandbox, run_jobs, webhook, later):
    an_inbox()
    agent = an_agent()
    sandbox.say("Hello")
    run_jobs()
    sandbox.fault("drop", times=None, what="webhook", event="echo")
    for _ in range(2):
        sandbox.fault("reset_after_accept", what="send")
        a_reply(the_ticket(), "Hi!", by=agent)
        run_jobs()
        later(seconds=95)
        run_jobs()

    webhook(body(echo("Hi!", mid="mid-echo", at=700)))
    run_jobs()

    states = db.session.execute(sa.select(Outbox.state).order_by(Outbox.id)).scalars().all()
    assert states == [OutboxState.REVIEW, OutboxState.REVIEW]
    assert sandbox.texts() == ["Hi!", "Hi!"]


def test_a_late_answer_folds_the_message_that_was_taken_for_one_from_the_app(webhook, run_jobs, open_page):
    """The echo came long before the platform's answer: what stood there as "from the app" was ours."""
    ticket = a_ticket()
    agent = an_agent("Mona Ortiz")
    webhook(body(echo("Hi!", mid="mid-late", at=290)))
    run_jobs()
    element = next(message.dom_id for message in the_messages() if message.platform_id == "mid-late")
    reply = a_reply(ticket, "Hi!", by=agent)
    page = open_page(agent)

    with transaction():
        settle(the_row(), Accepted("mid-late"))

    answer = the_messages()[-1]
    assert len(the_messages()) == 2
    assert (answer.id, answer.platform_id, answer.author_kind) == (reply.id, "mid-late", AuthorKind.AGENT)
    assert [stream.target for stream in page.streams if stream.action == "remove"] == [element]


def test_another_app_answers_and_no_wait_begins(webhook, run_jobs, open_page):
    an_inbox()
    page = open_page(an_agent())

    webhook("instagram/standby_message.json")
    run_jobs()

    (message,) = the_messages()
    assert message.is_standby
    assert "Another app is answering" in page.html
    assert db.session.execute(sa.select(Wait)).first() is None


def test_control_that_is_ours_again_begins_the_wait(webhook, run_jobs):
    an_inbox()
    webhook(body(said("To the bot", at=0), key="standby"))
    run_jobs()

    webhook(body(said("A human, please", at=30)))
    run_jobs()

    wait = db.session.execute(sa.select(Wait)).scalar_one()
    assert wait.opened_at == the_messages()[1].at
