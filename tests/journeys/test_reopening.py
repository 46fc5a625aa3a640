"""Which ticket a customer's message belongs to when the last one was closed."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import access, tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Event, Ticket, Wait, WaitKind, WaitOutcome
from tests.factories import a_reply, an_agent, an_inbox, the_messages, the_ticket
from tests.support.instagram import body, echo, reaction, said, unsend


def closed(agent) -> Ticket:
    """The only ticket, closed by `agent`."""
    with transaction():
        ticket = access.ticket(the_ticket().number, by=agent)
        tickets.close(ticket, by=Actor.of(agent))
    return ticket


def test_a_message_within_72_hours_reopens_the_ticket(webhook, run_jobs, later, open_page):
    an_inbox()
    agent = an_agent()
    webhook(body(said("Thanks for the help")))
    run_jobs()
    closed(agent)
    page = open_page(agent)

    later(hours=71, minutes=50)
    webhook(body(said("It still does not fit", at=71 * 3600)))
    run_jobs()

    ticket = the_ticket()
    assert (ticket.category, ticket.closed_at) == ("open", None)
    assert "Reopened" in page.html


def test_a_message_after_72_hours_opens_a_new_ticket_that_follows_the_old(webhook, run_jobs, later):
    an_inbox()
    agent = an_agent()
    webhook(body(said("Thanks for the help")))
    run_jobs()
    old = closed(agent).id

    later(hours=72, minutes=10)
    webhook(body(said("A new question", at=72.3 * 3600)))
    run_jobs()

    first, second = db.session.execute(sa.select(Ticket).order_by(Ticket.id)).scalars()
    assert (first.category, second.category, second.follows_id) == ("closed", "open", old)
    assert second.number == first.number + 1
    assert [message.ticket_id for message in the_messages()] == [first.id, second.id]


def test_a_reaction_an_unsend_and_an_echo_open_nothing(webhook, run_jobs):
    an_inbox()
    webhook(body(said("Thanks!", mid="mid-1"), said("Bye", mid="mid-2", at=1)))
    run_jobs()
    closed(an_agent())

    webhook(body(reaction("mid-1", at=20)))
    webhook(body(unsend("mid-2", at=21)))
    webhook(body(echo("You are welcome", mid="mid-app", at=22)))
    run_jobs()

    assert the_ticket().category == "closed"
    assert len(the_messages()) == 3


def test_the_first_wait_of_a_reopened_period_is_a_first_response(desk, sandbox, run_jobs, later):
    an_inbox()
    agent = an_agent()
    sandbox.say("Hello")
    run_jobs()
    a_reply(the_ticket(), "Hi!", by=agent)
    run_jobs()
    later(minutes=5)
    sandbox.say("One more thing")
    run_jobs()
    closed(agent)
    later(hours=5)
    sandbox.say("Are you there?")
    run_jobs()

    waits = db.session.execute(sa.select(Wait).order_by(Wait.id)).scalars().all()
    assert [(wait.kind, wait.outcome) for wait in waits] == [
        (WaitKind.FIRST, WaitOutcome.REPLIED),
        (WaitKind.NEXT, WaitOutcome.CLOSED_WITHOUT_REPLY),
        (WaitKind.FIRST, None),
    ]


def test_a_ticket_opens_closes_and_reopens_in_the_record(webhook, run_jobs, later):
    an_inbox()
    webhook(body(said("Hello")))
    run_jobs()
    closed(an_agent("Mona Ortiz"))
    later(hours=1)
    webhook(body(said("Hello again", at=3000)))
    run_jobs()

    kinds = db.session.execute(sa.select(Event.kind, Event.actor_name).order_by(Event.seq)).all()
    assert [kind for kind, _ in kinds if kind.startswith("ticket.")] == [
        "ticket.opened",
        "ticket.closed",
        "ticket.reopened",
    ]
    assert dict(kinds)["ticket.closed"] == "Mona Ortiz"
