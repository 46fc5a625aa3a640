"""A ticket's life: one open main ticket in a conversation, handed over, closed, taken up again, read."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import access, queue_pages, queue_views, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Agent, Ticket
from tests.domain.side_by_side import in_threads
from tests.domain.steps import assigns, closes, the_agent, told, writes
from tests.factories import a_customer_message, a_note, a_reply, a_team, a_ticket, an_agent, an_inbox

pytestmark = pytest.mark.usefixtures("desk")


def all_tickets() -> list[Ticket]:
    db.session.rollback()
    return list(db.session.execute(sa.select(Ticket).order_by(Ticket.id)).scalars())


def reopens(ticket: Ticket, agent: Agent) -> None:
    with transaction():
        by = the_agent(agent.id)
        tickets.reopen(access.ticket(ticket.number, by=by), by=Actor.of(by))


def reads(ticket: Ticket, agent: Agent) -> None:
    with transaction():
        by = the_agent(agent.id)
        tickets.read(access.ticket(ticket.number, by=by), by=by)


def unread(agent: Agent) -> list[int]:
    db.session.rollback()
    return [row.unread for row in queue_pages.page(queue_views.view("all"), agent=the_agent(agent.id)).rows]


def close(ticket: Ticket, agent: Agent) -> None:
    with transaction():
        closes(ticket, agent)()


def test_the_messages_of_one_person_at_once_are_one_ticket(app):
    an_inbox()

    def write(text: str) -> None:
        with transaction():
            writes(text)()

    in_threads(app, *[lambda number=number: write(f"Photo {number}") for number in range(6)])

    [ticket] = all_tickets()
    assert [kind for kind, _ in told()].count("message.received") == 6
    assert ticket.last_message_id is not None


def test_a_closed_ticket_is_taken_up_again_within_the_inbox_s_time_and_then_followed_by_a_new_one(later):
    agent, ticket = an_agent(), a_ticket()
    close(ticket, agent)
    later(hours=71)
    a_customer_message("One more thing")
    assert [one.is_closed for one in all_tickets()] == [False]

    close(ticket, agent)
    later(hours=73)
    a_customer_message("Another thing")

    old, new = all_tickets()
    assert (old.is_closed, new.is_closed, new.follows_id) == (True, False, old.id)


def test_an_old_ticket_is_not_taken_up_while_another_one_is_open(later):
    agent, old = an_agent(), a_ticket()
    close(old, agent)
    later(hours=73)
    new = a_customer_message("Another thing").ticket

    with pytest.raises(Conflict, match=str(new.number)):
        reopens(old, agent)
    close(new, agent)
    reopens(old, agent)

    assert [one.is_closed for one in all_tickets()] == [False, True]


def test_doing_it_again_records_nothing():
    agent, ticket = an_agent(), a_ticket()
    with transaction():
        assigns(ticket, agent, to=agent)()
    close(ticket, agent)
    before = told()

    with transaction():
        assigns(ticket, agent, to=agent)()
    close(ticket, agent)

    assert told() == before


def test_only_people_of_the_team_and_owners_are_given_a_ticket():
    mona, outsider, owner = an_agent(), an_agent(team="Returns"), an_agent(team="Returns", role="owner")
    ticket = a_ticket()

    with pytest.raises(Invalid), transaction():
        assigns(ticket, mona, to=outsider)()
    with transaction():
        assigns(ticket, mona, to=owner)()

    assert all_tickets()[0].assignee_id == owner.id


def test_of_two_who_take_it_at_once_one_has_it_and_the_other_is_told_who(app):
    people = [an_agent(), an_agent(), an_agent()]
    number = a_ticket().number
    ids = [agent.id for agent in people]

    def take(id: int) -> str:
        try:
            with transaction():
                by = the_agent(id)
                tickets.take(access.ticket(number, by=by), by=by)
        except Conflict as conflict:
            return conflict.sentence
        return ""

    said = in_threads(app, *[lambda id=id: take(id) for id in ids])

    winner = all_tickets()[0].assignee
    assert sorted(said) == ["", *[f"{winner.name} took this ticket before you."] * 2]
    assert [kind for kind, _ in told()].count("ticket.assigned") == 1


def test_a_move_keeps_an_assignee_who_is_in_both_teams_and_frees_it_from_any_other():
    both, one = an_agent(also=["Returns"]), an_agent()
    first, second = a_ticket(), a_ticket(customer="4711")
    for ticket, agent in ((first, both), (second, one)):
        with transaction():
            assigns(ticket, agent, to=agent)()
        with transaction():
            by = the_agent(agent.id)
            team = next(team for team in access.every_team(by) if team.name == "Returns")
            tickets.move(access.ticket(ticket.number, by=by), team=team, by=Actor.of(by))

    assert [ticket.assignee_id for ticket in all_tickets()] == [both.id, None]
    assert {ticket.team.name for ticket in all_tickets()} == {a_team("Returns").name}


def test_unread_are_the_customer_s_messages_since_one_looked_for_oneself_alone(later):
    mona, tom, ticket = an_agent(), an_agent(), a_ticket()
    a_customer_message("Hello?")
    assert (unread(mona), unread(tom)) == ([2], [2])

    reads(ticket, mona)
    assert (unread(mona), unread(tom)) == ([0], [2])
    a_reply(ticket, by=mona)
    a_note(ticket, by=mona)
    assert unread(mona) == [0]
    a_customer_message("Thanks")

    assert (unread(mona), unread(tom)) == ([1], [3])


def test_reading_twice_and_reading_an_older_state_never_turns_back():
    mona, ticket = an_agent(), a_ticket()
    reads(ticket, mona)
    before = told()
    reads(ticket, mona)

    assert unread(mona) == [0]
    assert told() == before


def test_who_waits_longest_stands_on_top_and_who_waits_for_nothing_below(later):
    agent = an_agent()
    an_inbox()
    numbers = []
    for customer in ("1", "2", "3"):
        numbers.append(a_ticket(customer=customer).number)
        later(minutes=1)

    shown = queue_pages.page(queue_views.view("all"), agent=agent, limit=2)
    rest = queue_pages.page(queue_views.view("all"), agent=agent, limit=2, after=shown.next)

    assert [row.ticket.number for row in (*shown.rows, *rest.rows)] == numbers
    assert rest.next is None
