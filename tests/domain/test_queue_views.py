"""The built-in views: who is in which, in what order, how many there are, and what an empty one says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import queue_pages, queue_views, standing, tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Message, MessageStatus, Ticket
from tests.factories import a_reply, a_ticket, an_agent, an_inbox

pytestmark = [pytest.mark.usefixtures("desk"), pytest.mark.both_databases]


def shown(name: str, agent: Agent) -> list[int]:
    view = queue_views.view(name)
    db.session.rollback()
    return [row.ticket.id for row in queue_pages.page(view, agent=db.session.get_one(Agent, agent.id)).rows]


def counted(agent: Agent) -> dict[str, int]:
    db.session.rollback()
    return {name: number for name, number in queue_pages.counts(db.session.get_one(Agent, agent.id)).items() if number}


def snooze(ticket: Ticket, hours: float, by: Agent) -> None:
    with transaction():
        who = db.session.get_one(Agent, by.id)
        until = clock.now() + timedelta(hours=hours)
        standing.snooze(db.session.get_one(Ticket, ticket.id), until=until, by=Actor.of(who))


def close(ticket: Ticket, by: Agent) -> None:
    with transaction():
        tickets.close(db.session.get_one(Ticket, ticket.id), by=Actor.of(db.session.get_one(Agent, by.id)))


def fail(message: Message, status: MessageStatus = MessageStatus.FAILED) -> None:
    with transaction():
        db.session.get_one(Message, message.id).status = status


def test_snoozed_tickets_wait_in_their_own_view_the_first_to_come_back_on_top():
    agent = an_agent(role="owner")
    late, soon, open_one = (a_ticket(customer=str(number)) for number in (551, 552, 553))
    snooze(late, 30, agent)
    snooze(soon, 2, agent)

    assert shown("snoozed", agent) == [soon.id, late.id]
    assert shown("unassigned", agent) == [open_one.id]
    assert set(shown("all", agent)) == {late.id, soon.id, open_one.id}
    assert counted(agent)["snoozed"] == 2


def test_the_view_of_who_waits_has_the_longest_wait_on_top_and_nobody_who_is_put_off(later):
    agent = an_agent(role="owner")
    first = a_ticket(customer="551")
    later(minutes=5)
    second, put_off = a_ticket(customer="552"), a_ticket(customer="553")
    snooze(put_off, 2, agent)

    assert shown("waiting", agent) == [first.id, second.id]


def test_a_team_s_view_has_what_its_people_see_of_their_teams():
    ana, owner = an_agent(team="Sales"), an_agent(role="owner", team="Returns")
    sales = a_ticket(customer="551", inbox=an_inbox("Sales", team="Sales", account_id="17841400000000003"))
    returns = a_ticket(customer="552", inbox=an_inbox("Returns", team="Returns", account_id="17841400000000004"))

    assert shown("team", ana) == [sales.id]
    assert shown("team", owner) == [returns.id]
    assert len(shown("all", owner)) == 2


def test_failed_sends_are_found_on_closed_tickets_as_well():
    agent = an_agent(role="owner")
    open_one, closed_one, good = (a_ticket(customer=str(number)) for number in (551, 552, 553))
    fail(a_reply(open_one, by=agent))
    fail(a_reply(closed_one, by=agent), MessageStatus.UNCERTAIN)
    a_reply(good, by=agent)
    close(closed_one, agent)

    assert set(shown("failed", agent)) == {open_one.id, closed_one.id}
    assert counted(agent)["failed"] == 2


def test_nobody_counts_what_they_do_not_see():
    outsider, agent = an_agent(team="Elsewhere"), an_agent(role="owner")
    ticket, put_off = a_ticket(customer="551"), a_ticket(customer="552")
    fail(a_reply(ticket, by=agent))
    snooze(put_off, 2, agent)

    assert counted(outsider) == {}
    assert queue_pages.put_off(db.session.get_one(Agent, outsider.id)) is None


def test_snoozed_tickets_come_a_page_at_a_time(later):
    agent = an_agent(role="owner")
    made = [a_ticket(customer=str(550 + number)) for number in range(5)]
    for place, ticket in enumerate(made):
        snooze(ticket, 10 - place, agent)
    view, who = queue_views.view("snoozed"), db.session.get_one(Agent, agent.id)

    page = queue_pages.page(view, agent=who, limit=2)
    rest = queue_pages.page(view, agent=who, limit=9, after=page.next)

    assert [row.ticket.id for row in [*page.rows, *rest.rows]] == [ticket.id for ticket in reversed(made)]


def test_an_empty_view_says_what_is_put_off_and_until_when(client):
    agent = an_agent(role="owner")
    ticket = a_ticket(customer="551")
    snooze(ticket, 2, agent)

    page = client(agent).get("/tickets?view=unassigned").text

    assert "1 ticket is" in page
    assert db.session.get_one(Ticket, ticket.id).snoozed_until.strftime("%Y-%m-%dT%H:%M") in page
    assert "1 ticket is" not in client(agent).get("/tickets?view=snoozed").text
