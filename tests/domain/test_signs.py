"""Signs and profiles: what the platform is told and asked beside messages. What fails holds up nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock, queue
from helpdesk.channels.contract import Profile
from helpdesk.db import db, transaction
from helpdesk.domain import access, contacts, messages, tickets
from helpdesk.models import Agent, Identity, Inbox, Message, Reaction
from tests.domain import platform
from tests.domain.steps import assigns, the_agent
from tests.factories import a_customer_message, a_ticket, an_agent, an_inbox
from workers import profiles, signs

pytestmark = pytest.mark.usefixtures("desk")
OK = platform.answer(200, {"recipient_id": "1"})


def reacts(message: Message, emoji: str, agent: Agent) -> None:
    with transaction():
        by = the_agent(agent.id)
        messages.react(access.message(message.id, by=by), emoji=emoji, by=by)


def loses_its_key(inbox: Inbox) -> None:
    """Somebody has thrown away the encryption key that sealed its secrets."""
    with transaction():
        db.session.get_one(Inbox, inbox.id).secrets = "sealed with another key"


@pytest.fixture
def two_inboxes(app, monkeypatch, later) -> tuple[Inbox, Inbox]:
    """One that is broken, and has waited longer, and a good one."""
    broken, good = an_inbox("Lost"), an_inbox("Good", account_id="17841400000000002")
    return broken, good


def test_a_reaction_that_cannot_be_told_holds_up_no_other(app, monkeypatch, later, two_inboxes):
    agent = an_agent()
    for inbox in two_inboxes:
        reacts(a_customer_message(inbox=inbox), "❤️", agent)
        later(seconds=1)
    loses_its_key(two_inboxes[0])
    there = platform.at(app, monkeypatch, OK)

    signs.drain()

    lost, told = db.session.execute(sa.select(Reaction).order_by(Reaction.id)).scalars()
    assert (len(there.requests), told.next_at, told.error) == (1, None, "")
    assert lost.next_at is None
    assert lost.error


def test_a_sight_that_cannot_be_told_holds_up_no_other(app, monkeypatch, later, two_inboxes):
    agent = an_agent()
    for inbox in two_inboxes:
        ticket = a_ticket(inbox=inbox)
        with transaction():
            assigns(ticket, agent, to=agent)()
        with transaction():
            tickets.read(access.ticket(ticket.number, by=the_agent(agent.id)), by=the_agent(agent.id))
        later(seconds=1)
    loses_its_key(two_inboxes[0])
    there = platform.at(app, monkeypatch, OK)

    signs.drain()

    assert len(there.requests) == 1


def test_a_person_who_cannot_be_asked_about_holds_up_no_other(app, monkeypatch, later, two_inboxes):
    for inbox in two_inboxes:
        a_customer_message(inbox=inbox)
        later(seconds=1)
    loses_its_key(two_inboxes[0])
    platform.at(app, monkeypatch, platform.answer(200, {"name": "Mia", "username": "mia"}))

    profiles.drain()

    people = db.session.execute(sa.select(Identity).order_by(Identity.id)).scalars().all()
    assert [one.name for one in people] == ["", "Mia"]
    assert people[0].profile_attempts == 1


def test_no_connection_is_held_while_the_platform_thinks(app, monkeypatch):
    ticket, agent = a_ticket(), an_agent()
    reacts(db.session.execute(sa.select(Message)).scalar_one(), "❤️", agent)
    there = platform.at(app, monkeypatch, OK)
    with transaction():
        assigns(ticket, agent, to=agent)()
    types(ticket.number)

    signs.drain()
    profiles.drain()

    assert len(there.was_in_transaction) == 3
    assert not any(there.was_in_transaction)


def test_somebody_who_has_not_written_for_long_is_not_asked_about_again(app, monkeypatch, later):
    """A desk knows many people: it asks about those who write."""
    a_ticket()
    there = platform.at(app, monkeypatch, platform.answer(200, {"name": "Mia", "username": "mia"}))
    profiles.drain()
    later(days=30)

    profiles.drain()
    assert len(there.requests) == 1
    a_customer_message("Hello again")
    profiles.drain()
    a_customer_message("And again")
    profiles.drain()

    assert len(there.requests) == 2


def test_an_older_answer_about_a_person_changes_nothing():
    identity_id = db.session.get_one(Message, a_customer_message(inbox=an_inbox()).id).conversation.identity_id
    tells(identity_id, "Mia", minutes=0)
    tells(identity_id, "Maria", minutes=-5)

    assert db.session.get_one(Identity, identity_id).name == "Mia"


def tells(identity_id: int, name: str, *, minutes: int) -> None:

    with transaction():
        at = clock.now() + timedelta(minutes=minutes)
        contacts.tell_profile(contacts.locked(identity_id), Profile(name), picture_key=None, at=at)


def types(number: int) -> None:

    queue.attempt(lambda redis: redis.sadd("typing:due", number))
