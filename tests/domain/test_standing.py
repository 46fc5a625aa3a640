"""How an unclosed ticket stands: left to the customer, snoozed, brought back; its priority and tags."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import standing, tickets, timeline
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Agent, Category, Event, EventKind, Priority, Ticket
from tests.factories import a_customer_message, a_ticket, an_agent, an_inbox

pytestmark = pytest.mark.usefixtures("desk")


def does(verb, ticket: Ticket, agent: Agent, **more) -> Ticket:
    with transaction():
        found = db.session.get_one(Ticket, ticket.id)
        verb(found, by=Actor.of(db.session.get_one(Agent, agent.id)), **more)
    return found


def sentences() -> list[str]:
    found = db.session.execute(sa.select(Event).order_by(Event.seq)).scalars()
    return [line.sentence for line in map(timeline.line, found) if line]


def test_a_ticket_left_to_the_customer_comes_back_with_their_next_message():
    ticket, mona = a_ticket(), an_agent("Mona Ortiz")

    does(standing.leave_to_customer, ticket, mona)
    assert ticket.category is Category.WAITING
    a_customer_message("Here is the number")

    assert db.session.get_one(Ticket, ticket.id).category is Category.OPEN
    assert sentences() == ["Ticket opened", "Left to the customer by Mona Ortiz", "Taken up again"]


def test_a_snoozed_ticket_comes_back_at_its_time_and_not_before(run_jobs, later, open_page):
    ticket, mona = a_ticket(inbox=an_inbox(team="Sales")), an_agent("Mona Ortiz", team="Sales")
    until = clock.now() + timedelta(hours=2)
    does(standing.snooze, ticket, mona, until=until)
    colleague, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    later(hours=1)
    run_jobs()
    assert db.session.get_one(Ticket, ticket.id).snoozed_until == until
    later(hours=1, minutes=1)
    run_jobs()

    woken = db.session.get_one(Ticket, ticket.id)
    assert (woken.category, woken.snoozed_until) == (Category.OPEN, None)
    assert any("Taken up again" in stream.html for stream in colleague.streams)
    assert outsider.streams == []


def test_a_ticket_is_snoozed_until_a_time_to_come_within_a_year():
    ticket, mona = a_ticket(), an_agent()

    for days in (-1, 0, 366):
        with pytest.raises(Invalid, match="a time to come"):
            does(standing.snooze, ticket, mona, until=clock.now() + timedelta(days=days, seconds=-1))


def test_a_closed_ticket_can_be_neither_snoozed_nor_left():
    ticket, mona = a_ticket(), an_agent()
    does(tickets.close, ticket, mona)

    with pytest.raises(Conflict, match="Reopen it first"):
        does(standing.leave_to_customer, ticket, mona)
    with pytest.raises(Conflict, match="Reopen it first"):
        does(standing.snooze, ticket, mona, until=clock.now() + timedelta(hours=1))


def test_closing_forgets_the_snooze():
    ticket, mona = a_ticket(), an_agent()
    does(standing.snooze, ticket, mona, until=clock.now() + timedelta(hours=1))

    does(tickets.close, ticket, mona)

    assert db.session.get_one(Ticket, ticket.id).snoozed_until is None


def test_the_same_again_records_nothing():
    ticket, mona = a_ticket(), an_agent()

    for _ in range(2):
        does(standing.prioritise, ticket, mona, priority=Priority.URGENT)
        does(standing.tag, ticket, mona, names=["VIP", "Returns"])
        does(standing.leave_to_customer, ticket, mona)

    kinds = db.session.execute(sa.select(Event.kind).order_by(Event.seq)).scalars().all()
    assert kinds[2:] == [EventKind.TICKET_PRIORITISED, EventKind.TICKET_TAGGED, EventKind.TICKET_WAITING]


def test_a_tag_in_another_case_is_the_same_tag():
    first, mona = a_ticket(), an_agent()
    second = a_ticket(customer="77000001")

    does(standing.tag, first, mona, names=["Size"])
    does(standing.tag, second, mona, names=["size", "SIZE "])

    assert [tag.id for tag in first.tags] == [tag.id for tag in second.tags]


@pytest.mark.parametrize("names", [[""], ["x" * 41], [f"tag {n}" for n in range(21)]])
def test_what_is_no_tag_is_refused(names):
    ticket, mona = a_ticket(), an_agent()

    with pytest.raises(Invalid, match="20 tags at most"):
        does(standing.tag, ticket, mona, names=names)
