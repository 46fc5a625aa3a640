"""Waits: each opens once, and ends by exactly one outcome, whoever comes late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Accepted, EchoReceived, Key, MessageUnsent, RefusalKind, Refused
from helpdesk.db import db, transaction
from helpdesk.domain import access, intake, messages, outbox, tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Inbox, Message, Ticket, Wait, WaitKind, WaitOutcome
from tests.domain.steps import called, closes, the_agent, the_open_waits
from tests.factories import CUSTOMER, a_customer_message, a_note, a_reply, a_ticket, an_agent

pytestmark = pytest.mark.usefixtures("desk")


def the_waits() -> list[Wait]:
    return list(db.session.execute(sa.select(Wait).order_by(Wait.id)).scalars())


def outcomes() -> list[str | None]:
    return [wait.outcome.value if wait.outcome else None for wait in the_waits()]


def accepted(row: int, platform_id: str = "mid-answer") -> None:
    with transaction():
        outbox.settle(outbox.locked(row), Accepted(platform_id))


def echoed(text: str, *, at: datetime, platform_id: str = "mid-app") -> None:
    """Somebody wrote this in the platform's app at `at`; we hear of it now."""
    with transaction():
        inbox = db.session.execute(sa.select(Inbox)).scalar_one()
        item = EchoReceived(
            account=inbox.account_id, contact=(Key("igsid", CUSTOMER),), at=at, platform_id=platform_id, text=text
        )
        intake.apply(inbox, item, received_at=clock.now())


def test_a_message_opens_a_first_wait_and_further_ones_change_nothing():
    first = a_customer_message("Hello", inbox=a_ticket().conversation.inbox)

    [wait] = the_waits()
    assert (wait.kind, wait.outcome, wait.received_at <= first.received_at) == (WaitKind.FIRST, None, True)
    assert db.session.get_one(Ticket, first.ticket_id).waiting_since == wait.opened_at


def test_only_an_accepted_reply_ends_it_and_a_note_never():
    agent, ticket = an_agent(), a_ticket()

    a_note(ticket, by=agent)
    a_reply(ticket, by=agent)
    assert len(the_open_waits()) == 1
    row, _ = called()
    assert len(the_open_waits()) == 1
    accepted(row)

    [wait] = the_waits()
    assert (wait.outcome, wait.replier_id, wait.is_outside) == (WaitOutcome.REPLIED, agent.id, False)
    assert db.session.get_one(Ticket, ticket.id).waiting_since is None


def test_a_reply_that_is_refused_leaves_the_customer_waiting():
    agent, ticket = an_agent(), a_ticket()
    a_reply(ticket, by=agent)
    row, token = called()

    with transaction():
        outbox.settle(outbox.locked(row), Refused(RefusalKind.BLOCKED, "They have blocked you."), token=token)

    assert len(the_open_waits()) == 1
    assert db.session.get_one(Ticket, ticket.id).waiting_since is not None


def test_the_next_message_opens_a_next_wait(later):
    agent, ticket = an_agent(), a_ticket()
    a_reply(ticket, by=agent)
    accepted(called()[0])
    later(minutes=1)

    a_customer_message("And in green?")

    assert [wait.kind for wait in the_waits()] == [WaitKind.FIRST, WaitKind.NEXT]
    assert outcomes() == ["replied", None]


def test_a_reply_answers_what_came_before_it_was_written_and_the_rest_goes_on_waiting(later):
    agent, ticket = an_agent(), a_ticket()
    later(seconds=10)
    a_reply(ticket, by=agent)
    row, _ = called()
    later(seconds=10)
    unanswered = a_customer_message("And in green?")

    accepted(row)

    assert outcomes() == ["replied", None]
    assert the_open_waits()[0].received_at == unanswered.received_at
    assert db.session.get_one(Ticket, ticket.id).waiting_since == unanswered.at


def test_closing_without_a_reply_says_so_and_a_reopened_ticket_begins_anew(later):
    agent, ticket = an_agent(), a_ticket()

    with transaction():
        closes(ticket, agent)()
    later(hours=1)
    a_customer_message("Hello?")

    assert outcomes() == ["closed_without_reply", None]
    assert [wait.kind for wait in the_waits()] == [WaitKind.FIRST, WaitKind.FIRST]


def test_a_reply_that_is_on_its_way_when_the_ticket_is_closed_was_a_reply(later):
    agent, ticket = an_agent(), a_ticket()
    later(seconds=10)
    a_reply(ticket, by=agent)
    row, _ = called()
    with transaction():
        closes(ticket, agent)()
    later(seconds=2)

    accepted(row)

    [wait] = the_waits()
    assert (wait.outcome, wait.replier_id) == (WaitOutcome.REPLIED, agent.id)
    assert wait.ended_at == db.session.execute(sa.select(Message.sent_at).where(Message.agent_id == agent.id)).scalar()
    assert db.session.get_one(Ticket, ticket.id).is_closed


def test_a_reply_that_was_written_before_the_last_wait_does_not_change_how_that_ended(later):
    agent, ticket = an_agent(), a_ticket()
    later(seconds=10)
    a_reply(ticket, by=agent)
    row, _ = called()
    with transaction():
        closes(ticket, agent)()
    later(seconds=10)
    a_customer_message("Hello?")

    accepted(row)

    assert outcomes() == ["replied", None]


def test_an_answer_from_the_app_ends_it_with_outside_credit(later):
    a_ticket()
    later(minutes=5)

    echoed("Yes, it is!", at=clock.now())

    [wait] = the_waits()
    assert (wait.outcome, wait.replier_id, wait.is_outside) == (WaitOutcome.REPLIED, None, True)


def test_an_answer_from_the_app_that_is_heard_of_late_does_not_answer_what_came_after_it(later):
    """Echoes may be half an hour late; what counts is when each was written."""
    ticket = a_ticket()
    later(minutes=1)
    written = clock.now()
    later(minutes=1)
    unanswered = a_customer_message("And in green?")
    later(minutes=28)

    echoed("Yes, it is!", at=written)

    assert outcomes() == ["replied", None]
    assert the_waits()[0].ended_at == written
    assert the_open_waits()[0].opened_at == unanswered.at
    assert db.session.get_one(Ticket, ticket.id).waiting_since == unanswered.at


def test_an_old_answer_from_the_app_does_not_end_a_later_wait():
    a_ticket()

    echoed("See you tomorrow", at=clock.now() - timedelta(hours=2))

    assert outcomes() == [None]


def test_a_second_try_answers_what_had_come_when_a_person_asked_for_it(later):
    agent, ticket = an_agent(), a_ticket()
    a_reply(ticket, by=agent)
    row, token = called()
    with transaction():
        outbox.settle(outbox.locked(row), Refused(RefusalKind.INVALID, "Too large."), token=token)
    later(minutes=5)
    a_customer_message("Hello?")
    later(minutes=5)

    with transaction():
        message = db.session.execute(sa.select(Message).where(Message.agent_id == agent.id)).scalar_one()
        messages.retry(access.message(message.id, by=the_agent(agent.id)), by=the_agent(agent.id))
    accepted(called()[0])

    assert outcomes() == ["replied"]


def test_it_is_withdrawn_when_the_customer_takes_everything_back(later):
    inbox_id = a_ticket(platform_id="mid-1").conversation.inbox_id
    later(seconds=5)
    a_customer_message("Never mind", platform_id="mid-2")

    unsent(inbox_id, "mid-1")
    assert outcomes() == [None]
    unsent(inbox_id, "mid-2")
    unsent(inbox_id, "mid-2")

    assert outcomes() == ["withdrawn"]


def test_a_reopened_ticket_that_nobody_wrote_in_waits_for_nothing():
    agent, ticket = an_agent(), a_ticket()
    with transaction():
        closes(ticket, agent)()

    with transaction():
        by = the_agent(agent.id)
        tickets.reopen(access.ticket(ticket.number, by=by), by=Actor.of(by))

    assert outcomes() == ["closed_without_reply"]


def unsent(inbox_id: int, platform_id: str) -> None:
    with transaction():
        inbox = db.session.get_one(Inbox, inbox_id)
        item = MessageUnsent(
            account=inbox.account_id, contact=(Key("igsid", CUSTOMER),), at=clock.now(), platform_id=platform_id
        )
        intake.apply(inbox, item, received_at=clock.now())
