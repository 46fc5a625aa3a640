"""What the customer is shown besides messages: that we have seen theirs."""

from __future__ import annotations

from helpdesk.db import db, transaction
from helpdesk.models import Inbox
from tests.factories import a_note, a_reply, an_agent, an_inbox, the_ticket


def seen(sandbox) -> int:
    return len(sandbox.received(kind="mark_seen"))


def test_the_customer_is_told_seen_when_the_assignee_opens_the_ticket(sandbox, run_jobs, client):
    an_inbox()
    assignee, colleague = client(an_agent()), client(an_agent())
    sandbox.say("Hello")
    run_jobs()
    number = the_ticket().number
    assignee.post(f"/tickets/{number}/take")

    colleague.get(f"/tickets/{number}")
    colleague.post(f"/tickets/{number}/read")
    run_jobs()
    assert seen(sandbox) == 0, "a colleague who looks is nobody who has seen it"

    assignee.get(f"/tickets/{number}")
    assignee.post(f"/tickets/{number}/read")
    run_jobs()
    assert seen(sandbox) == 1


def test_whoever_replies_has_seen_it(sandbox, run_jobs):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()

    a_reply(the_ticket(), "Hi!", by=an_agent())
    run_jobs()

    assert seen(sandbox) == 1


def test_a_note_tells_the_customer_nothing(sandbox, run_jobs):
    an_inbox()
    sandbox.say("Hello")
    run_jobs()

    a_note(the_ticket(), by=an_agent())
    run_jobs()

    assert sandbox.received(kind="") == []


def test_an_inbox_can_keep_it_to_itself(sandbox, run_jobs):
    inbox = an_inbox()
    with transaction():
        db.session.get_one(Inbox, inbox.id).tells_seen = False
    sandbox.say("Hello")
    run_jobs()

    a_reply(the_ticket(), "Hi!", by=an_agent())
    run_jobs()

    assert (seen(sandbox), sandbox.texts()) == (0, ["Hi!"])


def test_seen_is_told_once_for_a_message(sandbox, run_jobs, later):
    an_inbox()
    agent = an_agent()
    sandbox.say("Hello")
    run_jobs()
    for text in ("Hi!", "How can I help?"):
        a_reply(the_ticket(), text, by=agent)
        run_jobs()
        later(seconds=5)

    sandbox.say("In S, please")
    run_jobs()
    a_reply(the_ticket(), "It is on its way", by=agent)
    run_jobs()

    assert seen(sandbox) == 2
