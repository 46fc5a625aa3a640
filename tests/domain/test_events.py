"""Events: numbered without gaps under any number of writers, in the order of their commits, told in the right rooms."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import access, events, messages, tickets
from helpdesk.domain.events import SYSTEM, Actor
from helpdesk.models import Agent, Counter, Event, EventKind, Message, Team, Ticket
from tests.domain import steps
from tests.domain.side_by_side import in_threads
from tests.domain.steps import assigns, closes, the_agent, told
from tests.factories import a_note, a_reply, a_team, a_ticket, an_agent, an_inbox

pytestmark = pytest.mark.usefixtures("desk")
WRITERS, TIMES = 8, 6


def test_eight_writers_at_once_leave_no_gap_and_repeat_no_number(app):
    an_inbox()
    agent_id = an_agent().id
    numbers = [a_ticket(customer=f"77{number}").number for number in range(WRITERS)]

    def notes(number: int) -> None:
        for time in range(TIMES):
            with transaction():
                by = the_agent(agent_id)
                messages.note(access.ticket(number, by=by), client_id=f"{number}-{time}", text="Noted", by=by)

    in_threads(app, *[lambda number=number: notes(number) for number in numbers])

    steps.assert_numbered_without_gaps()
    assert events.upto() == db.session.scalar(sa.select(sa.func.count(Event.seq)))
    assert events.upto() == WRITERS * (TIMES + 2)


def test_a_cursor_that_follows_the_counter_meets_every_event(app):
    """Whoever has read up to the counter never finds a smaller number later."""
    an_inbox()
    agent_id = an_agent().id
    numbers = [a_ticket(customer=f"77{number}").number for number in range(4)]
    seen: list[int] = []

    def notes(number: int) -> None:
        for time in range(TIMES):
            with transaction():
                by = the_agent(agent_id)
                messages.note(access.ticket(number, by=by), client_id=f"{number}-{time}", text="Noted", by=by)

    def follows() -> None:
        last = 0
        while len(seen) < 4 * (TIMES + 2):
            db.session.rollback()
            upto = events.upto()
            found = sa.select(Event.seq).where(Event.seq > last, Event.seq <= upto).order_by(Event.seq)
            seen.extend(db.session.execute(found).scalars())
            last = upto

    in_threads(app, follows, *[lambda number=number: notes(number) for number in numbers])

    assert seen == list(range(1, len(seen) + 1))


def test_what_is_rolled_back_takes_no_number():
    ticket, agent = a_ticket(), an_agent()
    before = events.upto()

    def closes_and_breaks() -> None:
        with transaction():
            closes(ticket, agent)()
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        closes_and_breaks()

    assert events.upto() == before
    assert not db.session.get_one(Ticket, ticket.id).is_closed


def test_a_part_that_fails_takes_its_events_along_and_leaves_the_others():
    ticket, agent = a_ticket(), an_agent()

    def closes_and_breaks() -> None:
        with events.savepoint():
            closes(ticket, agent)()
            raise ZeroDivisionError

    with transaction():
        assigns(ticket, agent, to=agent)()
        with pytest.raises(ZeroDivisionError):
            closes_and_breaks()

    assert [kind for kind, _ in told()][2:] == ["ticket.assigned"]
    assert not db.session.get_one(Ticket, ticket.id).is_closed
    steps.assert_numbered_without_gaps()


def test_ticket_and_message_carry_the_newest_number_that_touched_them_and_the_message_its_first():
    ticket, agent = a_ticket(), an_agent()

    reply = a_reply(ticket, by=agent)
    with transaction():
        messages.cancel(db.session.get_one(Message, reply.id), by=agent)
    a_note(ticket, by=agent)

    queued, cancelled, noted = (
        db.session.execute(sa.select(Event.seq).where(Event.kind == kind)).scalar_one()
        for kind in (EventKind.MESSAGE_QUEUED, EventKind.MESSAGE_SETTLED, EventKind.NOTE_ADDED)
    )
    message = db.session.get_one(Message, reply.id)
    assert (message.first_seq, message.seq) == (queued, cancelled)
    assert db.session.get_one(Ticket, ticket.id).seq == noted


def test_several_events_of_one_transaction_follow_each_other_and_the_ticket_carries_the_last():
    ticket = a_ticket()

    opened, received = db.session.execute(sa.select(Event).order_by(Event.seq)).scalars()
    message = db.session.execute(sa.select(Message)).scalar_one()
    assert (opened.kind, received.kind, received.prev) == (
        EventKind.TICKET_OPENED,
        EventKind.MESSAGE_RECEIVED,
        opened.seq,
    )
    assert (ticket.seq, message.first_seq, message.seq) == (received.seq, received.seq, received.seq)


def test_an_assignee_from_outside_the_team_hears_a_copy_right_after_the_original():
    agent, outsider = an_agent(), an_agent()
    ticket = a_ticket()
    given_to_an_outsider(ticket, outsider, by=agent)

    a_note(ticket, by=agent)

    rows = db.session.execute(sa.select(Event).where(Event.kind == EventKind.NOTE_ADDED).order_by(Event.seq)).scalars()
    original, copy = rows
    assert (original.room, original.is_copy) == (f"team:{ticket.team_id}", False)
    assert (copy.room, copy.is_copy, copy.seq) == (f"agent:{outsider.id}", True, original.seq + 1)
    assert db.session.execute(sa.select(Message.first_seq).where(Message.direction == "note")).scalar_one() == (
        original.seq
    )


def test_who_loses_a_ticket_hears_that_it_left_and_nothing_else_of_it():
    agent, outsider = an_agent(), an_agent()
    ticket = a_ticket()
    given_to_an_outsider(ticket, outsider, by=agent)
    before = len(told())

    with transaction():
        assigns(ticket, agent, to=None)()
    a_note(ticket, by=agent)

    mine = [kind for kind, room in told()[before:] if room == f"agent:{outsider.id}"]
    assert mine == ["ticket.left"]


def test_who_loses_a_ticket_because_it_moves_hears_nothing_of_the_other_team():
    inbox = an_inbox(team="Sales")
    seller, boss = an_agent(team="Sales"), an_agent(role="owner")
    ticket = a_ticket(inbox=inbox)
    a_team("Returns")
    with transaction():
        assigns(ticket, boss, to=seller)()
    before = len(told())

    with transaction():
        moves(ticket, "Returns", by=boss)

    returns = a_team("Returns").id
    assert told()[before:] == [
        ("ticket.left", f"team:{ticket.conversation.inbox.team_id}"),
        ("ticket.entered", f"team:{returns}"),
    ]
    assert db.session.get_one(Ticket, ticket.id).assignee_id is None


def test_an_assignee_who_is_in_neither_team_any_more_hears_that_a_moved_ticket_left():
    inbox = an_inbox(team="Sales")
    seller, boss = an_agent(team="Sales"), an_agent(role="owner")
    ticket = a_ticket(inbox=inbox)
    a_team("Returns")
    given_to_an_outsider(ticket, seller, by=boss)

    with transaction():
        moves(ticket, "Returns", by=boss)

    assert ("ticket.left", f"agent:{seller.id}") in told()


def test_a_change_that_nobody_holds_a_conversation_for_is_a_mistake_of_ours():
    ticket = a_ticket()

    with pytest.raises(RuntimeError, match="nobody holds"), transaction():
        events.record(EventKind.TICKET_CLOSED, db.session.get_one(Ticket, ticket.id), by=SYSTEM)


def test_ticket_numbers_are_not_given_out_twice(app):
    an_inbox()

    def write(customer: str) -> None:
        for number in range(3):
            with transaction():
                steps.writes("Hi", customer=f"{customer}{number}")()

    in_threads(app, *[lambda customer=f"88{writer}": write(customer) for writer in range(6)])

    numbers = db.session.execute(sa.select(Ticket.number)).scalars().all()
    assert len(set(numbers)) == len(numbers) == 18
    assert max(numbers) == db.session.execute(sa.select(Counter.value).where(Counter.name == "ticket")).scalar_one()


def given_to_an_outsider(ticket: Ticket, outsider: Agent, *, by: Agent) -> None:
    """To somebody who leaves the team afterwards, and keeps it."""
    with transaction():
        assigns(ticket, by, to=outsider)()
    with transaction():
        the_agent(outsider.id).teams = []


def moves(ticket: Ticket, team: str, *, by: Agent) -> None:
    agent = the_agent(by.id)
    target = db.session.execute(sa.select(Team).where(Team.name == team)).scalar_one()
    tickets.move(access.ticket(ticket.number, by=agent), team=target, by=Actor.of(agent))
