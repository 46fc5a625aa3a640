"""The clock set back: for one transaction, seen by nobody else, and put back whatever happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Key, MessageReceived
from helpdesk.db import db, transaction
from helpdesk.demo.past import go_on, in_the_past, reserve, untold
from helpdesk.domain import intake
from helpdesk.models import ClockOffset, Event, Inbox, Ticket
from tests.factories import CUSTOMER, a_ticket, an_agent, an_inbox

pytestmark = pytest.mark.both_databases


def _arrives(text: str) -> None:
    inbox = db.session.execute(sa.select(Inbox)).scalar_one()
    item = MessageReceived(
        account=inbox.account_id, contact=(Key("igsid", CUSTOMER),), at=clock.now(), platform_id=text, text=text
    )
    intake.apply(inbox, item, received_at=clock.now())


def _seen_by_others(desk) -> float | None:
    with db.engine.connect() as other:
        return other.execute(sa.select(ClockOffset.seconds)).scalar()


def test_what_is_written_there_has_its_times_and_the_clock_is_put_back(desk):
    an_inbox()
    offset, long_ago = desk.clock_offset, clock.now() - timedelta(days=30)

    with in_the_past(long_ago):
        _arrives("first")
        go_on(long_ago + timedelta(hours=5))
        _arrives("second")
        assert _seen_by_others(desk) == offset

    assert desk.clock_offset == offset
    ticket = db.session.execute(sa.select(Ticket)).scalar_one()
    hours = [(event.at - ticket.opened_at) / timedelta(hours=1) for event in _events()]
    assert ticket.opened_at - long_ago < timedelta(minutes=1)
    assert hours == [pytest.approx(0, abs=0.02), pytest.approx(0, abs=0.02), pytest.approx(5, abs=0.02)]
    assert [event.seq for event in _events()] == [1, 2, 3]


def test_a_desk_without_an_offset_has_none_afterwards(desk):
    an_inbox()
    with transaction():
        db.session.execute(sa.delete(ClockOffset))

    with in_the_past(clock.now() - timedelta(days=3)):
        _arrives("hello")

    assert db.session.execute(sa.select(ClockOffset.id)).first() is None


def test_what_fails_there_leaves_no_trace(desk):
    an_inbox()
    offset = desk.clock_offset

    with pytest.raises(ZeroDivisionError):
        _fails_in_the_past()

    assert desk.clock_offset == offset
    assert a_ticket().number == 1001


def test_older_requests_have_smaller_numbers_though_they_are_written_later(desk):
    an_inbox()
    first = reserve(2)
    assert a_ticket(customer="1234500000000009").number == 1003

    with in_the_past(clock.now() - timedelta(days=3), ticket_number=first + 1):
        _arrives("hello")

    numbers = db.session.execute(sa.select(Ticket.number).order_by(Ticket.number)).scalars().all()
    assert numbers == [1002, 1003]
    assert a_ticket(customer="1234500000000008").number == 1004


def test_meanwhile_no_screen_is_told_and_afterwards_they_are(desk, open_page):
    an_inbox()
    page = open_page(an_agent())

    with untold(), in_the_past(clock.now() - timedelta(days=3)):
        _arrives("hello")
    assert page.streams == []

    a_ticket()
    assert page.streams != []


def _fails_in_the_past() -> None:
    with in_the_past(clock.now() - timedelta(days=3), ticket_number=7):
        _arrives("hello")
        raise ZeroDivisionError


def _events() -> list[Event]:
    return list(db.session.execute(sa.select(Event).order_by(Event.seq)).scalars())
