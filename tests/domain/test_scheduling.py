"""Scheduled messages: planned for what a wall clock shows, let go once, never early, and parked with a reason."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock, walltime
from helpdesk.db import db, transaction
from helpdesk.domain import clock_guard, scheduling
from helpdesk.errors import Conflict, HelpdeskError, Invalid
from helpdesk.models import Agent, Message, Outbox, ScheduledMessage, ScheduledState, Ticket
from tests.domain.side_by_side import in_threads, overlapping
from tests.factories import a_customer_message, a_ticket, an_agent

pytestmark = pytest.mark.usefixtures("desk")
TEXT = "Your parcel leaves today."


def a_plan(ticket: Ticket, *, by: Agent, minutes: float = 10, text: str = TEXT, client_id: str = "plan-1") -> int:
    """A message for so many minutes from now, as the wall clock of Berlin shows it. Answers its id."""
    at = walltime.on_the_wall(clock.now() + timedelta(minutes=minutes), "Europe/Berlin")
    with transaction():
        mine, author = db.session.get_one(Ticket, ticket.id), db.session.get_one(Agent, by.id)
        return scheduling.plan(mine, client_id=client_id, text=text, at=at, zone="Europe/Berlin", by=author).id


def the_plan(id: int) -> ScheduledMessage:
    db.session.rollback()
    return db.session.get_one(ScheduledMessage, id)


def release(id: int) -> list[Message]:
    with transaction():
        return scheduling.release(id)


def texts_in_the_outbox() -> list[str]:
    db.session.rollback()
    found = sa.select(Message.text).join(Outbox, Outbox.message_id == Message.id).order_by(Outbox.id)
    return list(db.session.execute(found).scalars())


def test_it_goes_out_when_its_time_has_come_and_not_before(run_jobs, later, sandbox):
    id = a_plan(a_ticket(), by=an_agent())
    sandbox.say("Where is it?")
    run_jobs()
    assert sandbox.texts() == []

    later(minutes=11)
    run_jobs()

    assert sandbox.texts() == [TEXT]
    assert the_plan(id).state is ScheduledState.RELEASED


def test_before_its_time_nobody_can_release_it():
    id = a_plan(a_ticket(), by=an_agent())

    assert release(id) == []
    assert the_plan(id).state is ScheduledState.PLANNED


def test_of_many_who_release_it_at_once_one_does(app, later):
    id = a_plan(a_ticket(), by=an_agent())
    later(minutes=11)

    released = in_threads(app, *[lambda: len(release(id))] * 8)

    assert sorted(released) == [0] * 7 + [1]
    assert texts_in_the_outbox() == [TEXT]


def test_planned_twice_under_the_same_id_it_is_one():
    agent, ticket = an_agent(), a_ticket()

    assert a_plan(ticket, by=agent) == a_plan(ticket, by=agent)


def test_later_than_its_grace_it_is_parked_with_the_reason(later):
    id = a_plan(a_ticket(), by=an_agent())
    later(hours=3)

    release(id)

    assert texts_in_the_outbox() == []
    assert the_plan(id).state is ScheduledState.PARKED
    assert the_plan(id).reason.endswith("now it is 2 h late.")


def test_a_clock_that_jumps_behind_the_guard_s_back_parks_nothing(later, monkeypatch):
    id = a_plan(a_ticket(), by=an_agent())
    later(minutes=11)
    jumped, real, asked = [timedelta()], clock._read, clock_guard.is_held

    def is_held() -> bool:
        answer = asked()
        jumped[0] = timedelta(days=3)  # right after the guard was asked
        return answer

    monkeypatch.setattr(clock, "_read", lambda: real() + jumped[0])
    monkeypatch.setattr(clock_guard, "is_held", is_held)

    assert release(id) != []
    assert the_plan(id).state is ScheduledState.RELEASED


def test_when_the_reply_window_has_closed_it_is_parked_and_the_author_can_plan_it_anew(later):
    agent, ticket = an_agent(), a_ticket()
    id = a_plan(ticket, by=agent, minutes=26 * 60)
    later(hours=26, minutes=1)

    release(id)

    assert the_plan(id).state is ScheduledState.PARKED
    assert the_plan(id).reason == "The reply window has closed. The customer must write again."
    a_customer_message()
    at = walltime.on_the_wall(clock.now() + timedelta(minutes=5), "Europe/Berlin")
    with transaction():
        planned = db.session.get_one(ScheduledMessage, id)
        scheduling.change(planned, text="Anew", at=at, zone="Europe/Berlin", by=db.session.get_one(Agent, agent.id))
    later(minutes=6)
    release(id)
    assert texts_in_the_outbox() == ["Anew"]


@pytest.mark.parametrize("attempt", range(10))
def test_cancelled_in_the_moment_of_its_release_it_is_one_or_the_other(attempt, app, later):
    agent = an_agent()
    id = a_plan(a_ticket(), by=agent)
    later(minutes=11)

    def cancel() -> bool:
        try:
            with transaction():
                scheduling.cancel(db.session.get_one(ScheduledMessage, id), by=db.session.get_one(Agent, agent.id))
        except Conflict:
            return False
        return True

    is_cancelled, released = in_threads(app, cancel, lambda: len(release(id)))

    assert is_cancelled != bool(released)
    assert texts_in_the_outbox() == ([] if is_cancelled else [TEXT])


def test_a_release_that_waits_for_a_cancel_finds_nothing_to_do(app, later):
    agent = an_agent()
    id = a_plan(a_ticket(), by=agent)
    later(minutes=11)

    overlapping(
        app,
        lambda: scheduling.cancel(db.session.get_one(ScheduledMessage, id), by=db.session.get_one(Agent, agent.id)),
        lambda: scheduling.release(id),
    )

    assert the_plan(id).state is ScheduledState.CANCELLED
    assert texts_in_the_outbox() == []


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2027-03-14 02:30", "America/New_York", "2027-03-14 07:30"),  # does not exist: 03:30 there
        ("2027-11-07 01:30", "America/New_York", "2027-11-07 05:30"),  # comes twice: the first
        ("2028-02-29 12:00", "Europe/Berlin", "2028-02-29 11:00"),
        ("2026-12-31 23:59", "Pacific/Kiritimati", "2026-12-31 09:59"),
    ],
)
def test_a_wall_time_means_one_moment(local, zone, utc):
    moment = walltime.moment(walltime.read(local), zone)

    assert walltime.written(moment.astimezone(UTC)) == utc


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-06-30 23:59:60x", "2026-02-30 10:00", "٢٠٢٧"])
def test_what_is_no_time_is_refused_in_words(text):
    with pytest.raises(Invalid, match="is not a time"):
        walltime.read(text)


@pytest.mark.parametrize(
    ("at", "zone", "words"),
    [
        ("1999-01-01 09:00", "Europe/Berlin", "has passed"),
        ("2126-01-01 09:00", "Europe/Berlin", "within a year"),
        ("2027-01-01 09:00", "Mars/Olympus", "no time zone"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_nothing_is_planned(at, zone, words):
    agent, ticket = an_agent(), a_ticket()

    with pytest.raises(HelpdeskError, match=words), transaction():
        scheduling.plan(
            db.session.get_one(Ticket, ticket.id),
            client_id="plan-1",
            text=TEXT,
            at=walltime.read(at),
            zone=zone,
            by=db.session.get_one(Agent, agent.id),
        )

    assert db.session.execute(sa.select(ScheduledMessage)).first() is None
