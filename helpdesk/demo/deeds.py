"""What happens at the demo's desk, in the domain's own words, and how its rows are found. Inside a transaction."""

from __future__ import annotations

import base64
import random
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from helpdesk.channels.contract import Accepted, Key, MessageReceived, Profile, Receipt, ReceiptChanged
from helpdesk.db import db
from helpdesk.demo.customers import Customer
from helpdesk.domain import agents, channels, contacts, intake, messages, outbox, tickets
from helpdesk.errors import NotFound
from helpdesk.models import Agent, Inbox, Message, Outbox, Ticket


def the_inbox(name: str) -> Inbox:
    return db.session.execute(sa.select(Inbox).where(Inbox.name == name, Inbox.removed_at.is_(None))).scalar_one()


def the_person(email: str) -> Agent:
    """Raises NotFound."""
    agent = agents.by_email(email)
    if agent is None:
        raise NotFound(f"Nobody at this desk is called {email}.")
    return agent


def the_ticket(inbox: Inbox, customer: Customer) -> Ticket:
    """The customer's unclosed ticket, else their newest. Raises NotFound while they have none."""
    conversation = contacts.find(inbox, keys(inbox, customer))
    ticket = tickets.latest(conversation) if conversation is not None else None
    if ticket is None:
        raise NotFound(f"{customer.name} has not written yet.")
    return ticket


def keys(inbox: Inbox, customer: Customer) -> tuple[Key, ...]:
    return (Key(channels.of(inbox.channel).key_kind, customer.id),)


def facts(inbox: Inbox, customer: Customer, at: datetime) -> dict[str, Any]:
    """What every event of this customer's has in common."""
    return {"account": inbox.account_id, "contact": keys(inbox, customer), "at": at}


def received(inbox: Inbox, customer: Customer, at: datetime, **values: Any) -> None:
    """A message of theirs that reached us at once."""
    item = MessageReceived(**facts(inbox, customer, at), **values)
    intake.apply(inbox, item, received_at=at)


def was_read(inbox: Inbox, customer: Customer, platform_id: str, at: datetime) -> None:
    """They have read our message of this id, and what came before it."""
    contacts.find_or_create(inbox, keys(inbox, customer))  # whoever changes a conversation holds it
    read = ReceiptChanged(receipt=Receipt.READ, platform_id=platform_id, **facts(inbox, customer, at))
    intake.apply(inbox, read, received_at=at)


def known_as(inbox: Inbox, customer: Customer, *, asked_at: datetime) -> None:
    """What the platform told us of them when it was asked."""
    conversation = contacts.find(inbox, keys(inbox, customer))
    if conversation is not None:
        told = Profile(customer.name, customer.username, facts={"follower_count": customer.followers})
        contacts.tell_profile(conversation.identity, told, picture_key=None, at=asked_at)


def answered(ticket: Ticket, text: str, *, by: Agent, platform_id: str, rng: random.Random) -> list[Message]:
    """A reply that the platform took at once, in the transaction that queues it: the workers never see it queued."""
    parts = messages.reply(ticket, client_id=client_id(rng), text=text, by=by)
    for part in parts:
        row = db.session.execute(sa.select(Outbox).where(Outbox.message_id == part.id)).scalar_one()
        outbox.settle(row, Accepted(platform_id if part is parts[-1] else f"{platform_id}-{part.part}"))
    return parts


def client_id(rng: random.Random) -> str:
    """As pages make them."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def message_id(rng: random.Random, account_id: str) -> str:
    """As Instagram makes them: some 165 characters of base64 whose padding reads "ZD"."""
    thread, item = 34028236684171030 * 10**22 + rng.randrange(10**22), rng.randrange(10**33, 10**34)
    plain = f"ig_ig_item:1:IGMessageID:{account_id}:{thread}:{item}"
    return base64.b64encode(plain.encode()).decode().rstrip("=") + "ZD"
