"""People, teams, inboxes and conversations for tests. They are made by the domain's own verbs, and each call commits.

Whatever a test does not name has a value here; names that must be unique are counted.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher

from helpdesk import clock
from helpdesk.channels.contract import Key, Media, MessageReceived
from helpdesk.db import db, transaction
from helpdesk.domain import agents, inboxes, intake, messages
from helpdesk.models import Agent, Conversation, Inbox, Message, Role, Team, Ticket
from tests.support.sandbox import ACCOUNT, CUSTOMER, OTHER_ACCOUNT
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET, PASSWORD, VERIFY_TOKEN

__all__ = ["ACCOUNT", "CUSTOMER", "OTHER_ACCOUNT", "PASSWORD"]  # what tests name together with these

_numbers = itertools.count(1)
_FIRST_NAMES = ("Mona", "Tom", "Sina", "Ravi", "Lea", "Olga", "Ada", "Ben", "Cleo", "Dina")


def a_team(name: str = "Everyone") -> Team:
    """The team of this name; made when it is not there."""
    with transaction():
        team = db.session.execute(sa.select(Team).where(Team.name == name)).scalar_one_or_none()
        if team is None:
            team = Team(name=name, created_at=clock.now())
            db.session.add(team)
    return team


def an_agent(
    name: str = "", *, role: str | Role = Role.AGENT, team: str = "Everyone", also: Sequence[str] = ()
) -> Agent:
    """A person of `team` (and of the teams `also`). No password: hashing one costs more than most tests."""
    number = next(_numbers)
    name = name or f"{_FIRST_NAMES[number % len(_FIRST_NAMES)]} Test {number}"
    members = [a_team(each).id for each in (team, *also)]
    with transaction():
        found = db.session.execute(sa.select(Team).where(Team.id.in_(members))).scalars().all()
        agent, _ = agents.add(f"agent{number}@desk.test", name=name, role=Role(role), teams=found)
    return agent


def with_password(agent: Agent) -> Agent:
    """Gives a person the password PASSWORD, hashed once for all."""
    with transaction():
        db.session.get_one(Agent, agent.id).password_hash = _hash_of_the_password()
    return agent


def an_inbox(
    name: str = "Studio Nord", *, team: str = "Everyone", account_id: str = ACCOUNT, login: str = "instagram"
) -> Inbox:
    """A connected Instagram account with the secrets that the tests sign with."""
    team_id = a_team(team).id
    token = ACCESS_TOKEN if account_id == ACCOUNT else f"{ACCESS_TOKEN}-{account_id}"
    secrets = {"access_token": token, "app_secrets": [APP_SECRET], "verify_token": VERIFY_TOKEN}
    with transaction():
        return inboxes.connect(
            "instagram",
            name=name,
            account_id=account_id,
            secrets=secrets,
            options={"login": login},
            team=db.session.get_one(Team, team_id),
        )


def a_customer_message(
    text: str = "Hi, is the blue jacket back in stock?",
    *,
    inbox: Inbox | None = None,
    customer: str = CUSTOMER,
    media: Sequence[Media] = (),
    at: datetime | None = None,
    **more: Any,
) -> Message:
    """A customer's message, applied as if its webhook was just parsed; without `inbox` into the first there is."""
    platform_id = more.pop("platform_id", f"mid-{next(_numbers)}")
    with transaction():
        into = db.session.get_one(Inbox, inbox.id) if inbox is not None else _some_inbox()
        arrived = MessageReceived(
            account=into.account_id,
            contact=(Key("igsid", customer),),
            at=at or clock.now(),
            platform_id=platform_id,
            text=text,
            media=tuple(media),
            **more,
        )
        intake.apply(into, arrived, received_at=clock.now())
    return db.session.execute(sa.select(Message).where(Message.platform_id == platform_id)).scalar_one()


def a_ticket(text: str = "Hi, is the blue jacket back in stock?", *, inbox: Inbox | None = None, **more: Any) -> Ticket:
    """A ticket that a customer's message has opened. Without `inbox` and where none is connected: with a new one."""
    if inbox is None and not db.session.execute(sa.select(Inbox.id)).first():
        inbox = an_inbox()
    message = a_customer_message(text, inbox=inbox, **more)
    assert message.ticket is not None, "every customer's message has a ticket"
    return message.ticket


def a_reply(ticket: Ticket, text: str = "Yes, since this morning!", *, by: Agent, **more: Any) -> Message:
    """What an agent has written, waiting to be sent: the first part of it."""
    more.setdefault("client_id", f"client-{next(_numbers)}")
    with transaction():
        parts = messages.reply(
            db.session.get_one(Ticket, ticket.id), text=text, by=db.session.get_one(Agent, by.id), **more
        )
    return parts[0]


def a_note(ticket: Ticket, text: str = "She bought the same one in May.", *, by: Agent) -> Message:
    with transaction():
        return messages.note(
            db.session.get_one(Ticket, ticket.id),
            client_id=f"client-{next(_numbers)}",
            text=text,
            by=db.session.get_one(Agent, by.id),
        )


def the_ticket() -> Ticket:
    """The only one there is."""
    return db.session.execute(sa.select(Ticket)).scalar_one()


def the_conversation() -> Conversation:
    """The only one there is."""
    return db.session.execute(sa.select(Conversation)).scalar_one()


def the_messages() -> list[Message]:
    """All of them, in the thread's order."""
    return list(db.session.execute(sa.select(Message).order_by(Message.at, Message.id)).scalars())


def _some_inbox() -> Inbox:
    found = sa.select(Inbox).where(Inbox.removed_at.is_(None)).order_by(Inbox.id).limit(1)
    return db.session.execute(found).scalar_one()


@cache
def _hash_of_the_password() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
