"""Several writers in one conversation: what one of them does not see yet is not lost, and nobody waits for ever."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Accepted, Profile
from helpdesk.db import db, transaction
from helpdesk.domain import access, attachments, channels, contacts, inboxes, intake, messages, outbox, waits
from helpdesk.domain.events import SYSTEM
from helpdesk.models import Attachment, Identity, Inbox, Ledger, LedgerState, Message, Ticket, Wait
from tests.domain import steps
from tests.domain.side_by_side import in_threads, overlapping
from tests.domain.steps import assigns, called, claimed, closes, the_agent, the_open_waits, writes
from tests.factories import a_customer_message, a_reply, a_ticket, an_agent, an_inbox
from tests.support.instagram import body, said


def test_a_message_that_comes_while_its_ticket_is_closed_is_not_left_waiting_in_it(app):
    agent, ticket = an_agent(), an_answered_ticket()

    overlapping(app, writes("One more thing"), closes(ticket, agent))

    assert the_open_waits() == []
    assert [wait.outcome for wait in db.session.execute(sa.select(Wait).order_by(Wait.id)).scalars()] == [
        "replied",
        "closed_without_reply",
    ]


def test_a_ticket_that_is_closed_while_a_message_comes_is_reopened_by_it(app):
    agent, ticket = an_agent(), an_answered_ticket()

    overlapping(app, closes(ticket, agent), writes("One more thing"))

    assert not db.session.get_one(Ticket, ticket.id).is_closed
    assert len(the_open_waits()) == 1


@pytest.mark.parametrize("comes_first", ["the message", "the acceptance"])
def test_a_message_that_comes_while_the_answer_to_an_earlier_one_is_accepted_waits_itself(app, comes_first):
    agent, ticket = an_agent(), a_ticket()
    a_reply(ticket, by=agent)
    row, _ = called()
    writing, accepting = writes("And in green?"), lambda: outbox.settle(outbox.locked(row), Accepted("mid-answer"))

    overlapping(app, *((writing, accepting) if comes_first == "the message" else (accepting, writing)))

    asked = db.session.execute(sa.select(Message).where(Message.text == "And in green?")).scalar_one()
    assert [wait.received_at for wait in the_open_waits()] == [asked.received_at]
    assert db.session.get_one(Ticket, ticket.id).waiting_since == asked.at


@pytest.mark.postgres_only
@pytest.mark.parametrize("first", ["the message", "the other"])
@pytest.mark.parametrize("other", ["call", "fetch", "profile", "assignment", "name", "note"])
def test_whatever_happens_while_a_message_comes_is_no_deadlock(app, other, first):
    agent, ticket = an_agent(), a_ticket(media=[steps.a_picture()])
    step = meanwhile(other, ticket, agent)

    overlapping(app, *((writes("Hello?"), step) if first == "the message" else (step, writes("Hello?"))))

    steps.assert_numbered_without_gaps()


def test_two_people_assign_at_once_and_the_one_who_loses_it_is_told(app):
    first, second, boss = an_agent(team="Sales", role="owner"), an_agent(), an_agent(role="owner")
    ticket = a_ticket()

    overlapping(app, assigns(ticket, boss, to=first), assigns(ticket, boss, to=second))

    assert db.session.get_one(Ticket, ticket.id).assignee_id == second.id
    assert ("ticket.left", f"agent:{first.id}") in steps.told()


def test_webhooks_that_name_the_same_people_in_different_orders_are_worked_on_at_once(app, webhook):
    an_inbox()
    shuffled = random.Random(7)
    for number in range(16):
        people = shuffled.sample(range(8), 4)
        webhook(body(*(said(f"{number}", customer=f"12345{person:011}") for person in people)))

    in_threads(app, *works_on_all(threads=4))

    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 16 * 4
    assert db.session.scalar(sa.select(sa.func.count(Ticket.id))) == 8
    steps.assert_numbered_without_gaps()


def test_webhooks_that_name_the_same_inboxes_in_different_orders_are_worked_on_at_once(app, webhook):
    accounts = ["17841400000000001", "17841400000000002"]
    for account in accounts:
        an_inbox(f"Shop {account[-1]}", account_id=account)
    for number in range(6):
        by_account = [
            body(said("Hi", customer=f"999{number:05}", account=account), account=account) for account in accounts
        ]
        webhook({"object": "instagram", "entry": [one["entry"][0] for one in by_account[:: 1 if number % 2 else -1]]})

    for works in zip(*[iter(works_on_all(threads=6))] * 2, strict=True):
        with transaction():
            db.session.execute(sa.update(Inbox).values(last_event_at=None))
        in_threads(app, *works)

    assert db.session.scalar(sa.select(sa.func.count(Ticket.id))) == 12


def test_two_agents_react_to_one_message_at_once(app):
    mona, tom = an_agent(), an_agent()
    message = a_customer_message(inbox=an_inbox())

    overlapping(app, reacts(message.id, "❤️", mona.id), reacts(message.id, "👍", tom.id))

    assert [(one.emoji, one.agent_id) for one in db.session.get_one(Message, message.id).reactions] == [("👍", tom.id)]


def an_answered_ticket() -> Ticket:
    ticket = a_ticket()
    with transaction():
        waits.replied_outside(db.session.get_one(Ticket, ticket.id), at=clock.now())
    return ticket


def meanwhile(what: str, ticket: Ticket, agent) -> steps.Step:
    number, agent_id = ticket.number, agent.id
    if what == "call":
        a_reply(ticket, by=agent)
        row, token = claimed()
        return lambda: outbox.begin_call(outbox.locked(row), token)
    file, person = (db.session.execute(sa.select(table.id)).scalar_one() for table in (Attachment, Identity))
    return {
        "fetch": lambda: attachments.fetch_failed(attachments.locked(file), "gone", is_final=True),
        "profile": lambda: contacts.tell_profile(
            contacts.locked(person), Profile("Mia"), picture_key=None, at=clock.now()
        ),
        "assignment": assigns(ticket, agent, to=agent),
        "name": lambda: contacts.rename(
            access.contact(db.session.get_one(Identity, person).contact_id, by=the_agent(agent_id)),
            name="Mia",
            by=SYSTEM,
        ),
        "note": lambda: messages.note(
            access.ticket(number, by=the_agent(agent_id)), client_id="note", text="VIP", by=the_agent(agent_id)
        ),
    }[what]


def works_on_all(*, threads: int) -> list[steps.Step]:
    """Every stored webhook, dealt out to so many."""
    ids = db.session.execute(sa.select(Ledger.id).order_by(Ledger.id)).scalars().all()
    inbox_ids = inboxes.ids("instagram")

    def work(mine: list[int]) -> None:
        for id in mine:
            with transaction():
                row = db.session.get_one(Ledger, id)
                items = channels.of("instagram").parse(row.raw, inbox_ids)
                intake.hold(items, inbox_ids)
                intake.work(row, items)
                assert row.state is LedgerState.DONE, row.error

    return [lambda mine=ids[start::threads]: work(mine) for start in range(threads)]


def reacts(message_id: int, emoji: str, agent_id: int) -> steps.Step:
    return lambda: messages.react(
        access.message(message_id, by=the_agent(agent_id)), emoji=emoji, by=the_agent(agent_id)
    )
