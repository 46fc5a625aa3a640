"""Splitting: messages move, the numbers of both tickets stay believable, and what comes next goes to the main one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Accepted, EchoReceived, Key
from helpdesk.db import db, transaction
from helpdesk.domain import access, intake, messages, outbox, splits, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Agent, Event, EventKind, Inbox, Message, Ticket, Wait
from tests.chaos import checker
from tests.domain.steps import called, closes, the_agent
from tests.factories import CUSTOMER, a_customer_message, a_note, a_reply, a_team, a_ticket, an_agent
from tests.support.desk import Desk


@pytest.fixture(autouse=True)
def invariants(desk: Desk) -> Iterator[None]:
    yield
    db.session.rollback()
    assert list(checker.everywhere()) == []


def split(ticket: Ticket, *moved: Message, by: Agent) -> Ticket:
    with transaction():
        agent = the_agent(by.id)
        return splits.split(access.ticket(ticket.number, by=agent), [one.id for one in moved], by=agent)


def move(ticket: Ticket, *moved: Message, to: Ticket, by: Agent) -> None:
    with transaction():
        agent = the_agent(by.id)
        target = access.ticket(to.number, by=agent)
        splits.move(access.ticket(ticket.number, by=agent), [one.id for one in moved], to=target, by=agent)


def first_of(ticket: Ticket) -> Message:
    found = sa.select(Message).where(Message.ticket_id == ticket.id).order_by(Message.at, Message.id)
    return db.session.execute(found).scalars().all()[0]


def answered(ticket: Ticket, *, by: Agent) -> Message:
    """Written, and accepted by the platform."""
    reply = a_reply(ticket, by=by)
    row, _ = called()
    with transaction():
        outbox.settle(outbox.locked(row), Accepted(f"mid-reply-{reply.id}"))
    return reply


def waits_of(ticket: Ticket) -> list[tuple[str, object]]:
    """Outcome and start of each, oldest first."""
    found = sa.select(Wait).where(Wait.ticket_id == ticket.id).order_by(Wait.received_at, Wait.id)
    rows = db.session.execute(found).scalars()
    return [(wait.outcome.value if wait.outcome else "open", wait.opened_at) for wait in rows]


def since(ticket: Ticket) -> object:
    return db.session.get_one(Ticket, ticket.id).waiting_since


def test_a_split_makes_a_side_ticket_in_the_same_hands_and_both_say_so(later):
    agent, ticket = an_agent("Mona Ortiz"), a_ticket("Where is my order?")
    with transaction():
        tickets.take(access.ticket(ticket.number, by=the_agent(agent.id)), by=the_agent(agent.id))
    later(minutes=1)
    question = a_customer_message("And may I return the jacket?")

    beside = split(ticket, question, by=agent)

    assert (beside.number, beside.split_from) == (ticket.number + 1, ticket.id)
    assert (beside.assignee_id, beside.team_id) == (agent.id, ticket.team_id)
    assert db.session.get_one(Message, question.id).ticket_id == beside.id
    told = db.session.execute(
        sa.select(Event).where(Event.kind == EventKind.TICKET_SPLIT).order_by(Event.seq)
    ).scalars()
    assert [(one.ticket_id, one.data["count"]) for one in told] == [(ticket.id, 1), (beside.id, 1)]


def test_each_ticket_waits_since_its_own_first_unanswered_message(later):
    agent, ticket = an_agent(), a_ticket("Where is my order?")
    opened = first_of(ticket)
    later(minutes=5)
    question = a_customer_message("And may I return the jacket?")

    beside = split(ticket, question, by=agent)

    assert (since(ticket), since(beside)) == (opened.at, question.at)
    assert (waits_of(ticket), waits_of(beside)) == ([("open", opened.at)], [("open", question.at)])


def test_when_the_first_message_goes_the_rest_waits_since_the_second(later):
    agent, ticket = an_agent(), a_ticket("May I return the jacket?")
    opened = first_of(ticket)
    later(minutes=5)
    second = a_customer_message("And where is my order?")

    beside = split(ticket, opened, by=agent)

    assert (since(ticket), since(beside)) == (second.at, opened.at)


def test_a_wait_goes_along_when_nothing_that_waits_is_left(later):
    agent, ticket = an_agent(), a_ticket()
    later(minutes=1)
    answered(ticket, by=agent)
    later(minutes=1)
    question = a_customer_message("And may I return the jacket?")
    before = db.session.execute(sa.select(Wait.id).where(Wait.ended_at.is_(None))).scalar_one()

    beside = split(ticket, question, by=agent)

    assert (since(ticket), since(beside)) == (None, question.at)
    assert db.session.get_one(Wait, before).ticket_id == beside.id


def test_a_question_that_goes_with_its_answer_waits_for_nothing(later):
    agent, ticket = an_agent(), a_ticket("May I return the jacket?")
    opened = first_of(ticket)
    later(minutes=1)
    reply = answered(ticket, by=agent)
    later(minutes=1)
    a_customer_message("Thanks. Where is my order?")

    beside = split(ticket, opened, reply, by=agent)

    assert waits_of(beside) == [("replied", opened.at)]
    assert since(beside) is None


def test_a_question_that_goes_without_the_answer_waits_and_the_answer_keeps_its_credit(later):
    agent, ticket = an_agent(), a_ticket("Where is my order?")
    opened = first_of(ticket)
    later(minutes=1)
    question = a_customer_message("And may I return the jacket?")
    later(minutes=1)
    answered(ticket, by=agent)

    beside = split(ticket, question, by=agent)

    assert waits_of(ticket) == [("replied", opened.at)]
    assert waits_of(beside) == [("open", question.at)]


def test_moved_back_everything_is_as_it_was(later):
    agent, ticket = an_agent(), a_ticket("Where is my order?")
    opened = first_of(ticket)
    later(minutes=1)
    question = a_customer_message("And may I return the jacket?")
    third = a_customer_message("The blue one")
    beside = split(ticket, question, third, by=agent)

    move(beside, question, to=ticket, by=agent)

    assert (since(ticket), since(beside)) == (opened.at, third.at)
    assert db.session.get_one(Message, question.id).ticket_id == ticket.id


def test_an_answer_in_the_wrong_ticket_is_moved_to_where_it_answers(later):
    agent, ticket = an_agent(), a_ticket("Where is my order?")
    opened = first_of(ticket)
    later(minutes=1)
    question = a_customer_message("And may I return the jacket?")
    beside = split(ticket, question, by=agent)
    later(minutes=1)
    reply = answered(ticket, by=agent)
    assert (since(ticket), since(beside)) == (None, question.at)

    move(ticket, reply, to=beside, by=agent)

    assert (since(ticket), since(beside)) == (opened.at, None)
    assert waits_of(beside) == [("replied", question.at)]


def test_what_comes_next_goes_to_the_main_ticket_and_closing_that_promotes_nothing(later):
    agent, ticket = an_agent(), a_ticket()
    question = a_customer_message("And may I return the jacket?")
    beside = split(ticket, question, by=agent)

    assert a_customer_message("Hello?").ticket_id == ticket.id
    with transaction():
        closes(ticket, agent)()
    later(hours=80)
    after = a_customer_message("A new question")

    assert after.ticket_id not in (ticket.id, beside.id)
    assert db.session.get_one(Ticket, beside.id).split_from == ticket.id


def test_a_reply_in_the_side_ticket_ends_its_wait_alone(later):
    agent, ticket = an_agent(), a_ticket("Where is my order?")
    question = a_customer_message("And may I return the jacket?")
    beside = split(ticket, question, by=agent)
    later(seconds=5)

    answered(beside, by=agent)

    assert since(ticket) is not None
    assert since(beside) is None


def test_all_parts_of_a_message_go_together_and_notes_go_alone(later):
    agent, ticket = an_agent(), a_ticket()
    long = a_reply(ticket, "word " * 300, by=agent)
    note = a_note(ticket, by=agent)

    beside = split(ticket, long, note, by=agent)

    moved = db.session.execute(sa.select(Message).where(Message.ticket_id == beside.id)).scalars().all()
    assert {one.part for one in moved if one.client_id == long.client_id} == set(range(1, long.parts + 1))
    assert note.id in {one.id for one in moved}


def test_what_cannot_be_moved_is_said_and_nothing_happens():
    agent, ticket = an_agent(), a_ticket()
    other = a_ticket(customer="9900000000000001")
    opened, strange = first_of(ticket), first_of(other)
    question = a_customer_message("And may I return the jacket?")
    beside = split(ticket, question, by=agent)
    with transaction():
        closes(beside, agent)()

    for wrong in ([], [strange.id], [opened.id], list(range(1, 60))):
        with pytest.raises(Invalid), transaction():
            splits.split(db.session.get_one(Ticket, ticket.id), wrong, by=the_agent(agent.id))
    a_customer_message("One more")
    with pytest.raises(Conflict):
        move(ticket, opened, to=beside, by=agent)
    with pytest.raises(Invalid):
        move(ticket, opened, to=other, by=agent)

    assert db.session.get_one(Message, opened.id).ticket_id == ticket.id


def test_messages_that_leave_for_another_team_leave_the_pages_of_those_who_do_not_see_it():
    returns = a_team("Returns").id
    agent = an_agent(team="Everyone", also=["Returns"])
    ticket = a_ticket()
    question, third = a_customer_message("May I return it?"), a_customer_message("The blue one")
    beside = split(ticket, question, by=agent)
    with transaction():
        team = access.team(returns, by=the_agent(agent.id))
        tickets.move(access.ticket(beside.number, by=the_agent(agent.id)), team=team, by=Actor.of(the_agent(agent.id)))

    move(ticket, third, to=beside, by=agent)

    gone = db.session.execute(sa.select(Event).where(Event.kind == EventKind.MESSAGE_REMOVED)).scalars().one()
    came = (
        db.session.execute(sa.select(Event).where(Event.message_id == third.id).order_by(Event.seq)).scalars().all()[-1]
    )
    assert (gone.ticket_id, gone.data["element"]) == (ticket.id, third.dom_id)
    assert (came.kind, came.ticket_id, came.room) == (EventKind.MESSAGE_MOVED, beside.id, f"team:{returns}")


def echoed(text: str) -> Message:
    with transaction():
        inbox = db.session.execute(sa.select(Inbox)).scalar_one()
        item = EchoReceived(
            account=inbox.account_id,
            contact=(Key("igsid", CUSTOMER),),
            at=clock.now(),
            platform_id="mid-app",
            text=text,
        )
        intake.apply(inbox, item, received_at=clock.now())
    return db.session.execute(sa.select(Message).where(Message.platform_id == "mid-app")).scalar_one()


def test_this_was_me_gives_the_credit_once_and_takes_it_back(later):
    mona, tom, ticket = an_agent(), an_agent(), a_ticket()
    later(minutes=5)
    answer = echoed("Yes, it is!")

    def credit() -> tuple[int | None, bool]:
        wait = db.session.execute(sa.select(Wait).where(Wait.ticket_id == ticket.id)).scalar_one()
        return wait.replier_id, wait.is_outside

    def by(verb, agent: Agent) -> None:
        with transaction():
            verb(access.message(answer.id, by=the_agent(agent.id)), by=the_agent(agent.id))

    assert credit() == (None, True)
    by(messages.claim, mona)
    by(messages.claim, mona)
    assert credit() == (mona.id, False)
    with pytest.raises(Conflict):
        by(messages.claim, tom)
    with pytest.raises(Conflict):
        by(messages.disclaim, tom)
    by(messages.disclaim, mona)
    assert credit() == (None, True)
    with pytest.raises(Conflict), transaction():
        messages.claim(first_of(ticket), by=the_agent(mona.id))
