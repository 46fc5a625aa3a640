"""Message requests: a stranger waits to be let in, without a wait running; and the names of statuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import EchoReceived, Key
from helpdesk.db import db, transaction
from helpdesk.domain import inboxes, intake, messages, queue_pages, requests, standing, statuses, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid, NotFound
from helpdesk.models import Agent, Category, Event, EventKind, Inbox, RequestState, Ticket, Wait
from tests.chaos import checker
from tests.domain.steps import closes, the_agent
from tests.factories import CUSTOMER, a_customer_message, a_ticket, an_agent, an_inbox
from tests.support.desk import Desk


@pytest.fixture(autouse=True)
def invariants(desk: Desk) -> Iterator[None]:
    yield
    db.session.rollback()
    assert list(checker.everywhere()) == []


def a_request(text: str = "Hi, do you know me?") -> Ticket:
    inbox = an_inbox()
    with transaction():
        inboxes.change(db.session.get_one(Inbox, inbox.id), holds_requests=True)
    return a_ticket(text, inbox=inbox)


def decide(verb, ticket: Ticket, agent: Agent) -> None:
    with transaction():
        verb(db.session.get_one(Ticket, ticket.id), by=Actor.of(the_agent(agent.id)))


def the(ticket: Ticket) -> Ticket:
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id)


def views(agent: Agent) -> set[str]:
    """The counted views in which anything stands."""
    return {name for name, count in queue_pages.counts(the_agent(agent.id)).items() if count}


def the_waits() -> list[Wait]:
    return list(db.session.execute(sa.select(Wait).order_by(Wait.id)).scalars())


def test_a_stranger_stands_among_the_requests_and_nobody_waits(later):
    agent, ticket = an_agent(), a_request()
    later(minutes=1)

    again = a_customer_message("Hello?")

    assert again.ticket_id == ticket.id
    assert (the(ticket).category, the(ticket).conversation.request) == (Category.REQUEST, RequestState.PENDING)
    assert (the_waits(), views(agent)) == ([], {"requests", "all"})


def test_who_is_accepted_has_waited_since_they_wrote_and_is_not_asked_about_again(later):
    agent, ticket = an_agent(), a_request()
    written = the(ticket).last_message_at
    later(hours=3)

    decide(requests.accept, ticket, agent)

    assert (the(ticket).category, the(ticket).waiting_since) == (Category.OPEN, written)
    with pytest.raises(Conflict):
        decide(requests.ignore, ticket, agent)
    with transaction():
        closes(ticket, agent)()
    later(hours=1)
    a_customer_message("One more thing")
    assert the(ticket).category is Category.OPEN
    later(hours=80)


def test_who_is_ignored_leaves_no_wait_and_is_asked_about_again(later):
    agent, ticket = an_agent(), a_request()

    decide(requests.ignore, ticket, agent)

    assert (the(ticket).category, the_waits()) == (Category.CLOSED, [])
    later(hours=1)
    assert a_customer_message("Hello?").ticket_id == ticket.id
    assert (the(ticket).category, the_waits()) == (Category.REQUEST, [])
    with transaction():
        closes(ticket, agent)()  # closing is ignoring
    later(hours=80)
    new = a_customer_message("Hello??").ticket
    assert new is not None
    assert (new.id != ticket.id, new.category, the_waits()) == (True, Category.REQUEST, [])


def test_what_a_blocked_sender_writes_is_kept_and_opens_and_tells_nothing(later):
    agent, ticket = an_agent(), a_request()
    decide(requests.block, ticket, agent)
    later(hours=1)

    kept = a_customer_message("You cannot stop me")

    assert (kept.ticket_id, the(ticket).category, the_waits()) == (ticket.id, Category.CLOSED, [])
    kind = db.session.execute(sa.select(Event.kind).where(Event.message_id == kept.id)).scalar_one()
    assert kind is EventKind.MESSAGE_KEPT
    with pytest.raises(Conflict):
        decide(tickets.reopen, ticket, agent)
    decide(requests.unblock, ticket, agent)
    a_customer_message("Sorry")
    assert the(ticket).category is Category.REQUEST
    with pytest.raises(Conflict):
        decide(requests.unblock, ticket, agent)


def test_a_request_is_not_answered_put_off_or_left_before_it_is_accepted():
    agent, ticket = an_agent(), a_request()

    with pytest.raises(Invalid, match="accept it first"), transaction():
        messages.reply(db.session.get_one(Ticket, ticket.id), client_id="c-1", text="Hi", by=the_agent(agent.id))
    with pytest.raises(Conflict):
        decide(standing.leave_to_customer, ticket, agent)

    assert the(ticket).category is Category.REQUEST


def test_an_answer_from_the_app_lets_them_in(later):
    ticket = a_request()
    later(minutes=5)

    with transaction():
        inbox = db.session.execute(sa.select(Inbox)).scalar_one()
        contact = (Key("igsid", CUSTOMER),)
        item = EchoReceived(
            account=inbox.account_id, contact=contact, at=clock.now(), platform_id="mid-app", text="Hi!"
        )
        intake.apply(inbox, item, received_at=clock.now())

    [wait] = the_waits()
    assert (the(ticket).conversation.request, wait.outcome, wait.is_outside) == (RequestState.ACCEPTED, "replied", True)


def test_who_wrote_before_the_inbox_asked_is_no_stranger():
    ticket = a_ticket()
    with transaction():
        inboxes.change(db.session.execute(sa.select(Inbox)).scalar_one(), holds_requests=True)

    a_customer_message("Hello?")

    assert the(ticket).category is Category.OPEN


def test_a_shop_s_own_status_stands_for_its_category(later):
    agent, ticket = an_agent(), a_ticket()
    with transaction():
        key = statuses.add(Category.WAITING, name="With the tailor").key
        statuses.rename("waiting", name="They answer next")

    def give(key: str) -> None:
        with transaction():
            row = db.session.get_one(Ticket, ticket.id)
            statuses.give(row, key=key, by=Actor.of(the_agent(agent.id)))

    give(key)
    assert (the(ticket).category, statuses.name_of(the(ticket))) == (Category.WAITING, "With the tailor")
    give("waiting")
    assert statuses.name_of(the(ticket)) == "They answer next"
    give(key)
    a_customer_message("Hello?")
    assert (the(ticket).category, the(ticket).status) == (Category.OPEN, "open")
    give(key)
    with transaction():
        statuses.remove(key)
    assert (the(ticket).category, statuses.name_of(the(ticket))) == (Category.WAITING, "They answer next")
    give("closed")
    give("open")
    assert the(ticket).category is Category.OPEN
    with pytest.raises(NotFound):
        give("nothing")
    with pytest.raises(Invalid):
        give("snoozed")


def test_a_status_needs_a_name_of_its_own_and_standard_ones_stay():
    for wrong in ("", "x" * 31, "closed", "Open"):
        with pytest.raises(Invalid), transaction():
            statuses.add(Category.OPEN, name=wrong)
    with pytest.raises(Invalid), transaction():
        statuses.add(Category.REQUEST, name="Later")
    with pytest.raises(Invalid), transaction():
        statuses.remove("open")
    assert len(statuses.listing()) == 4
