"""Mentions in notes: who is called, who sees the ticket from then on and hears of it, and who does not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import access, mentions, messages, queue_pages, queue_views, tickets
from helpdesk.models import Agent, Event, EventKind, Ticket
from tests.factories import a_customer_message, a_note, a_ticket, an_agent, an_inbox

pytestmark = [pytest.mark.usefixtures("desk"), pytest.mark.both_databases]


def rows(view: str, agent: Agent) -> list[tuple[int, bool]]:
    db.session.rollback()
    page = queue_pages.page(queue_views.view(view), agent=db.session.get_one(Agent, agent.id))
    return [(row.ticket.id, row.is_called) for row in page.rows]


def sees(agent: Agent, ticket: Ticket) -> bool:
    db.session.rollback()
    who, it = db.session.get_one(Agent, agent.id), db.session.get_one(Ticket, ticket.id)
    found = db.session.execute(access.tickets(who).where(Ticket.id == it.id)).scalar()
    assert access.may_see(who, it) is (found is not None), "the two say the same"
    return found is not None


def test_whom_a_note_mentions_sees_the_ticket_and_finds_it_until_they_have_read_it():
    inbox = an_inbox(team="Sales")
    mona, ben, outsider = (
        an_agent("Mona Ortiz", team="Sales"),
        an_agent("Ben Cole", team="Returns"),
        an_agent(team="Legal"),
    )
    ticket = a_ticket(inbox=inbox)
    assert not sees(ben, ticket)

    a_note(ticket, "What do you say, @ben cole?", by=mona)

    assert sees(ben, ticket)
    assert not sees(outsider, ticket)
    assert rows("mentions", ben) == [(ticket.id, True)]
    assert rows("mentions", mona) == []
    with transaction():
        tickets.read(db.session.get_one(Ticket, ticket.id), by=db.session.get_one(Agent, ben.id))
    assert rows("mentions", ben) == [(ticket.id, False)]


def test_whom_it_mentions_hears_of_it_and_of_all_that_follows():
    inbox, mona, ben = an_inbox(team="Sales"), an_agent(team="Sales"), an_agent("Ben Cole", team="Returns")
    ticket = a_ticket(inbox=inbox)
    a_note(ticket, "@Ben Cole, look", by=mona)

    a_customer_message("Hello?", inbox=inbox)

    heard = sa.select(Event.kind).where(Event.room == f"agent:{ben.id}").order_by(Event.seq)
    kinds = list(db.session.execute(heard).scalars())
    assert kinds == [EventKind.NOTE_ADDED, EventKind.AGENT_MENTIONED, EventKind.MESSAGE_RECEIVED]
    called = db.session.execute(sa.select(Event).where(Event.kind == EventKind.AGENT_MENTIONED)).scalar_one()
    assert called.data["agent_id"] == ben.id


SAID = (
    ("@Mona Ortiz", ["Mona Ortiz"]),
    ("ask @mona, she knows", ["Mona Ortiz"]),
    ("(@Mona) and @Ben Cole.", ["Ben Cole", "Mona Ortiz"]),
    ("mail mona@ben.example", []),
    ("@Monarch", []),
    ("@Tom", []),
    ("@Ben Cole-Smith", ["Ben Cole-Smith"]),
    ("@Me Myself", []),
)


def test_names_are_found_where_an_at_begins_a_word():
    for name in ("Mona Ortiz", "Ben Cole", "Ben Cole-Smith", "Tom One", "Tom Two"):
        an_agent(name)
    me, ticket = an_agent("Me Myself"), a_ticket()

    for text, names in SAID:
        found = mentions.named(text, ticket, chosen=(), by=db.session.get_one(Agent, me.id))

        assert sorted(agent.name for agent in found) == names, text


def test_of_two_of_the_same_name_nobody_is_shown_the_ticket_by_mistake():
    inbox, mona = an_inbox(team="Sales"), an_agent(team="Sales")
    inside, outside = an_agent("Kim Lee", team="Sales"), an_agent("Kim Lee", team="Returns")
    ticket = a_ticket(inbox=inbox)

    def named(chosen: list[int]) -> list[int]:
        return [agent.id for agent in mentions.named("@Kim Lee", ticket, chosen=chosen, by=mona)]

    assert named([]) == [inside.id]
    assert named([outside.id]) == [outside.id]


def test_the_same_note_twice_calls_once():
    mona, ben, ticket = an_agent("Mona Ortiz"), an_agent("Ben Cole"), a_ticket()

    for _ in range(2):
        with transaction():
            it, by = db.session.get_one(Ticket, ticket.id), db.session.get_one(Agent, mona.id)
            messages.note(it, client_id="same", text="@Ben Cole", by=by)

    told = sa.select(sa.func.count()).select_from(Event).where(Event.kind == EventKind.AGENT_MENTIONED)
    assert db.session.execute(told).scalar_one() == 1
    assert rows("mentions", ben) == [(ticket.id, True)]
