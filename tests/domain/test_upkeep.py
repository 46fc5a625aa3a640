"""Turns and duties: nobody works for ever while others wait in the same queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock, queue
from helpdesk.channels.contract import Key, MessageEdited, MessageUnsent
from helpdesk.db import changed, db, insert_or_ignore, transaction
from helpdesk.domain import attachments, intake, tickets, upkeep
from helpdesk.models import Agent, Attachment, Heartbeat, Inbox, Message, Ticket
from tests.domain import platform, steps
from tests.factories import CUSTOMER, a_customer_message, a_ticket, an_agent, an_inbox
from workers import profiles, turns

pytestmark = pytest.mark.usefixtures("desk")


def test_a_drain_whose_turn_is_over_rings_again_and_lets_the_others_go_first(app, monkeypatch, desk):
    an_inbox()
    for number in range(3):
        a_customer_message(customer=f"55{number}")
    there = platform.at(app, monkeypatch, platform.answer(200, {"name": "Mia"}))
    monkeypatch.setattr(turns, "TURN", 0.0)
    queue.answered("profiles")

    profiles.drain()

    assert len(there.requests) == 1
    assert queue.attempt(lambda redis: redis.exists("ring:profiles")) == 1


def test_a_file_that_came_after_its_message_was_unsent_is_not_wanted():
    message = a_ticket(media=[steps.a_picture()])
    assert message
    with transaction():
        claimed = attachments.claim_fetch()
        assert claimed is not None
    hears(MessageUnsent)

    with transaction():
        file = attachments.locked(db.session.execute(sa.select(Attachment.id)).scalar_one())
        assert not attachments.fetched(file, attachments.StoredFile("key", "image/jpeg", 3))

    assert db.session.execute(sa.select(Attachment.key)).scalar_one() == ""


def test_edits_that_come_in_the_wrong_order_end_with_the_newest_also_when_it_is_the_first_text_again():
    an_inbox()
    written = a_customer_message("Red, please", platform_id="mid-1").at

    hears(MessageEdited, text="Red, please", at=written + steps.seconds(20))
    hears(MessageEdited, text="Blue, please", at=written + steps.seconds(10))

    assert db.session.execute(sa.select(Message.text)).scalar_one() == "Red, please"


def hears(kind: type, **values) -> None:
    with transaction():
        inbox = db.session.execute(sa.select(Inbox)).scalar_one()
        message = db.session.execute(sa.select(Message)).scalar_one()
        facts = {"account": inbox.account_id, "contact": (Key("igsid", CUSTOMER),), "at": message.at}
        item = kind(**{**facts, "platform_id": message.platform_id, **values})
        intake.apply(inbox, item, received_at=message.received_at)


def test_an_insert_that_did_nothing_says_so(desk):
    row = insert_or_ignore(Heartbeat).values(name="clock", at=clock.now(), pid=1)

    with transaction():
        assert (changed(row), changed(row)) == (1, 0)


def test_each_beat_renews_the_sign_of_life(desk, later):
    for _ in range(2):
        with transaction():
            upkeep.beat("clock", pid=1)
        beaten = upkeep.heartbeats()["clock"]
        later(minutes=1)

    assert clock.now() - beaten < timedelta(minutes=1, seconds=30)


def test_what_is_read_further_is_read_further():
    ticket, mona = a_ticket(), an_agent()

    for _ in range(2):
        message = a_customer_message("And one more thing")
        with transaction():
            tickets.read(db.session.get_one(Ticket, ticket.id), by=db.session.get_one(Agent, mona.id))
        db.session.rollback()

    assert tickets.unread_seq(db.session.get_one(Ticket, ticket.id), by=mona) >= message.seq
