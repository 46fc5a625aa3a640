"""Rows that were not written by the domain keep what it promises."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.demo import masses
from helpdesk.models import Agent, Attachment, Category, Contact, Counter, Event, Message, Ticket, Wait
from tests.chaos import checker
from tests.chaos.waiting import count
from tests.factories import a_customer_message, a_reply, an_agent
from tests.support.console import Console

pytestmark = pytest.mark.both_databases
TICKETS, MESSAGES = 150, 1_500


def test_a_desk_that_was_made_is_like_one_that_has_worked(desk, accounts):
    masses.fill(desk.settings, tickets=TICKETS, messages=MESSAGES, say=lambda line: None)
    desk.reading()

    _there_are_as_many_as_were_wanted_and_the_promises_hold()
    _a_ticket_waits_exactly_when_one_of_its_waits_is_open()
    _the_console_shows_a_ticket_with_its_picture(desk)
    _people_go_on_after_it()


def test_a_desk_at_which_people_work_is_left_alone(desk, accounts):
    an_agent("Real Person")

    with pytest.raises(masses.Refused, match="People work at this desk"):
        masses.fill(desk.settings, tickets=1, messages=1, say=print)

    assert count(Ticket.id > 0) == 0


def test_a_desk_that_others_reach_is_left_alone(desk, accounts):
    public = replace(desk.settings, host="0.0.0.0")

    with pytest.raises(masses.Refused, match="can be reached"):
        masses.fill(public, tickets=1, messages=1, say=print)


def _there_are_as_many_as_were_wanted_and_the_promises_hold() -> None:
    assert count(Ticket.id > 0) == TICKETS
    assert count(Message.id > 0) == MESSAGES
    assert [str(one) for one in checker.everywhere()] == []


def _a_ticket_waits_exactly_when_one_of_its_waits_is_open() -> None:
    waiting = set(db.session.execute(sa.select(Ticket.id).where(Ticket.waiting_since.is_not(None))).scalars())

    assert waiting == set(db.session.execute(sa.select(Wait.ticket_id).where(Wait.ended_at.is_(None))).scalars())
    assert waiting
    assert count(Ticket.category == Category.CLOSED, Ticket.closed_at.is_(None)) == 0
    assert count(Ticket.last_message_id.is_(None)) == 0


def _people_go_on_after_it() -> None:
    before = db.session.execute(sa.select(Counter.value).where(Counter.name == "event")).scalar_one()
    people = count(Contact.id > 0)

    message = a_customer_message("Is anybody there?", customer="5550001")
    a_reply(message.ticket, by=an_agent())

    assert message.ticket.number > TICKETS
    assert count(Event.seq > before) >= 3
    assert count(Contact.id > 0) == people + 1
    assert [str(one) for one in checker.everywhere()] == []


def _the_console_shows_a_ticket_with_its_picture(desk) -> None:
    owner = db.session.execute(sa.select(Agent).where(Agent.email == "owner@demo.test")).scalar_one()
    pictured = sa.select(Ticket.number, Attachment.public_id).join(Message, Message.ticket_id == Ticket.id)
    number, public_id = db.session.execute(pictured.join(Attachment).limit(1)).one()
    console = Console.new(desk.app, owner)

    page = console.get(f"/tickets/{number}?view=all")

    assert page.status_code == 200
    assert public_id in page.text
