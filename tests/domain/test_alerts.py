"""Alerts: who is told of what, when, and who is not. Pages ask; what they are answered is decided here."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from helpdesk import clock, walltime
from helpdesk.db import db, transaction
from helpdesk.domain import alerts, events, standing, tickets
from helpdesk.domain.alerts import Quiet
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.models import Agent, AlertSound, Ticket
from tests.domain.steps import assigns
from tests.factories import a_customer_message, a_note, a_reply, a_ticket, an_agent, an_inbox

pytestmark = pytest.mark.usefixtures("desk")

CHOSEN = {
    "sound": AlertSound.CHIME,
    "volume": 60,
    "is_desktop": True,
    "is_mine": True,
    "is_mentions": True,
    "unassigned_after": 5,
    "quiet_from": None,
    "quiet_until": None,
    "zone": "Europe/Berlin",
}


@pytest.fixture
def mona() -> Agent:
    return an_agent("Mona Ortiz")


@pytest.fixture
def tom() -> Agent:
    return an_agent("Tom Berg")


def chooses(agent: Agent, **what: object) -> None:
    with transaction():
        alerts.change(db.session.get_one(Agent, agent.id), **{**CHOSEN, **what})


def gives(ticket: Ticket, to: Agent | None, *, by: Agent) -> None:
    with transaction():
        assigns(ticket, by, to=to)()


class Browser:
    """Asks again and again, as a page does, and gives back the answer's place with each question."""

    def __init__(self, agent: Agent) -> None:
        db.session.rollback()
        self.agent_id = agent.id
        self.seq, self.at = events.upto(), clock.now()

    def asks(self) -> alerts.Due:
        db.session.rollback()
        due = alerts.since(db.session.get_one(Agent, self.agent_id), self.seq, at=self.at)
        self.seq, self.at = due.upto, due.at
        return due

    def told(self) -> list[str]:
        return [alert.text for alert in self.asks().alerts]


# --- mine -----------------------------------------------------------------------------------------------------


def test_what_happens_to_ones_ticket_is_told_once_and_to_nobody_else(mona, tom):
    ticket = a_ticket(inbox=an_inbox())
    hers, his = Browser(mona), Browser(tom)

    gives(ticket, mona, by=tom)
    assert hers.told() == [f"Tom Berg gave you ticket {ticket.number}"]
    a_customer_message("Are you there?")
    assert hers.told() == ["Are you there?"]
    a_note(ticket, "She is a regular.", by=tom)
    assert hers.told() == ["Tom Berg noted: She is a regular."]

    assert hers.told() == []
    assert his.told() == []


def test_what_one_did_oneself_is_not_told(mona):
    ticket = a_ticket(inbox=an_inbox())
    hers = Browser(mona)

    gives(ticket, mona, by=mona)
    a_note(ticket, by=mona)
    a_reply(ticket, by=mona)

    assert hers.told() == []


def test_several_messages_of_one_customer_are_one_alert(mona):
    ticket = a_ticket(inbox=an_inbox())
    gives(ticket, mona, by=mona)
    hers = Browser(mona)

    for text in ("Hi", "me again", "hello?"):
        a_customer_message(text)

    assert hers.told() == ["hello?"]


def test_what_was_read_unsent_or_is_too_old_is_not_told(mona, later):
    ticket = a_ticket(inbox=an_inbox())
    gives(ticket, mona, by=mona)
    hers = Browser(mona)

    a_customer_message("Read at once")
    with transaction():
        tickets.read(db.session.get_one(Ticket, ticket.id), by=db.session.get_one(Agent, mona.id))
    assert hers.told() == []
    message = a_customer_message("Never mind")
    with transaction():
        db.session.merge(message).deleted_at = clock.now()
    assert hers.told() == []
    a_customer_message("While the laptop was shut")
    later(minutes=11)

    assert hers.told() == []


def test_a_ticket_that_comes_back_from_its_snooze_is_told(mona, later):
    ticket = a_ticket(inbox=an_inbox())
    gives(ticket, mona, by=mona)
    with transaction():
        hers = db.session.get_one(Ticket, ticket.id)
        standing.snooze(hers, until=clock.now() + timedelta(hours=1), by=Actor.of(db.session.get_one(Agent, mona.id)))
    browser = Browser(mona)
    later(hours=2)
    with transaction():
        standing.wake(ticket.id)

    assert browser.told() == [f"Ticket {ticket.number} is back: its snooze is over"]


def test_what_one_does_not_want_is_not_told(mona, tom):
    chooses(mona, is_mine=False, is_mentions=False, unassigned_after=None)
    ticket = a_ticket(inbox=an_inbox())
    hers = Browser(mona)

    gives(ticket, mona, by=tom)
    a_customer_message("Are you there?")

    due = hers.asks()
    assert due.alerts == []
    assert due.next_at is None


def test_an_assignee_from_outside_the_team_is_told_once_and_nothing_after_it_was_taken_from_them(mona, tom):
    ticket = a_ticket(inbox=an_inbox(team="Sales"))
    gives(ticket, an_agent(team="Sales", role="owner"), by=an_agent(role="owner"))
    with transaction():
        db.session.get_one(Ticket, ticket.id).assignee_id = mona.id
    hers = Browser(mona)

    a_customer_message("For Mona")
    assert hers.told() == ["For Mona"]
    a_customer_message("Still for Mona?")
    with transaction():
        db.session.get_one(Ticket, ticket.id).assignee_id = None

    assert hers.told() == []
    assert Browser(tom).told() == []


# --- mentions -------------------------------------------------------------------------------------------------


def test_who_is_mentioned_is_told_if_they_want_and_nobody_else(mona, tom):
    outsider = an_agent(team="Returns")
    ticket = a_ticket(inbox=an_inbox())
    browsers = [Browser(one) for one in (mona, outsider, tom)]

    a_note(ticket, "Look, @Mona Ortiz", by=tom)

    assert [one.told() for one in browsers] == [["Tom Berg mentioned you: Look, @Mona Ortiz"], [], []]
    chooses(mona, is_mentions=False)
    a_note(ticket, "And here, @Mona Ortiz", by=tom)
    assert browsers[0].told() == []


# --- who waits ------------------------------------------------------------------------------------------------


def test_a_customer_whom_nobody_has_is_told_of_once_at_the_minute_that_was_announced(mona, later):
    hers = Browser(mona)
    ticket = a_ticket(inbox=an_inbox())

    due = hers.asks()
    assert due.alerts == []
    assert due.next_at == ticket.waiting_since + timedelta(minutes=5)
    later(minutes=5, seconds=1)
    (alert,) = hers.asks().alerts
    later(minutes=5)

    assert alert.number == ticket.number
    assert alert.text == f"Has waited for 5 min, and nobody has ticket {ticket.number}"
    assert hers.asks().alerts == []
    assert hers.asks().next_at is None


def test_at_once_means_with_the_first_message_and_not_with_the_second(mona):
    chooses(mona, unassigned_after=0)
    hers = Browser(mona)

    ticket = a_ticket(inbox=an_inbox())
    first = hers.asks().alerts
    a_customer_message("Hello?")
    again = hers.asks().alerts

    assert [alert.text for alert in first] == [f"Has just written, and nobody has ticket {ticket.number}"]
    assert {alert.key for alert in again} <= {alert.key for alert in first}, "the browser has told this one"


def test_nobody_is_told_of_those_who_have_somebody_are_answered_or_of_other_teams(mona, tom, later):
    an_inbox()
    hers, outsiders = Browser(mona), Browser(an_agent(team="Returns"))
    taken, closed = a_ticket(), a_ticket(customer="4711000000000001")
    gives(taken, tom, by=tom)
    with transaction():
        tickets.close(db.session.get_one(Ticket, closed.id), by=Actor.of(db.session.get_one(Agent, tom.id)))
    a_ticket(customer="4711000000000002")
    later(minutes=6)

    assert len(hers.told()) == 1
    assert outsiders.asks().next_at is None
    assert outsiders.told() == []


def test_a_ticket_that_is_given_back_too_late_is_told_at_once(mona, tom, later):
    ticket = a_ticket(inbox=an_inbox())
    gives(ticket, tom, by=tom)
    later(minutes=30)
    hers, his = Browser(mona), Browser(tom)

    gives(ticket, None, by=tom)

    assert hers.told() == [f"Has waited for 30 min, and nobody has ticket {ticket.number}"]
    assert his.told() == [], "he knows: it was he who gave it back"


# --- quiet hours ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "began", "over"),
    [
        ("2026-11-27 21:59", None, "2026-11-27 21:59"),
        ("2026-11-27 22:00", "2026-11-27 22:00", "2026-11-28 07:30"),
        ("2026-11-28 07:29", "2026-11-27 22:00", "2026-11-28 07:30"),
        ("2026-11-28 07:30", None, "2026-11-28 07:30"),
    ],
)
@pytest.mark.sqlite_only
def test_quiet_hours_go_over_midnight_by_the_clock_of_the_zone(at, began, over):
    quiet = Quiet(time(22), time(7, 30), "Europe/Berlin")

    def moment(shown):
        return shown and walltime.moment(walltime.read(shown), "Europe/Berlin")

    assert quiet.began(moment(at)) == moment(began)
    assert quiet.over(moment(at)) == moment(over)


def test_in_quiet_hours_nothing_is_told_and_at_their_end_who_has_waited_too_long(mona, tom, later):
    now = walltime.on_the_wall(clock.now(), "Europe/Berlin")
    begins, ends = (now + timedelta(minutes=1)).time(), (now + timedelta(hours=8)).time()
    chooses(mona, quiet_from=begins.replace(second=0, microsecond=0), quiet_until=ends.replace(second=0, microsecond=0))
    inbox, hers = an_inbox(), Browser(mona)
    mine = a_ticket(inbox=inbox)
    gives(mine, mona, by=mona)
    later(minutes=2)

    a_customer_message("In the night")
    waiting = a_ticket(customer="4711000000000001")
    later(minutes=10)
    due = hers.asks()
    assert due.alerts == []
    assert due.next_at == due.quiet_until
    assert due.quiet_until > clock.now() + timedelta(hours=7)
    later(hours=8)
    due = hers.asks()

    assert [alert.number for alert in due.alerts] == [waiting.number]
    assert due.quiet_until is None


# --- choosing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"volume": 0},
        {"volume": 101},
        {"unassigned_after": 1441},
        {"zone": "Berlin"},
        {"quiet_from": time(20)},
        {"quiet_from": time(20), "quiet_until": time(20)},
    ],
)
@pytest.mark.sqlite_only
def test_what_cannot_be_is_refused_and_changes_nothing(mona, wrong):
    chooses(mona, volume=33)

    with pytest.raises(Invalid):
        chooses(mona, **wrong)

    assert alerts.of(mona).volume == 33
