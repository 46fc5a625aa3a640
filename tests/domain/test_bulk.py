"""One act on many tickets: each for itself, told one by one, and taken back where nobody touched the ticket since."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import bulk, standing, tickets
from helpdesk.domain.bulk import Act, Result, Undo
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.models import Agent, Category, Ticket, Wait
from tests.factories import a_note, a_team, a_ticket, an_agent, an_inbox

pytestmark = [pytest.mark.usefixtures("desk"), pytest.mark.both_databases]


def applied(what: str, value: str, made: list[Ticket], by: Agent) -> list[Result]:
    numbers = [ticket.number for ticket in made]
    with transaction():
        return bulk.apply(Act(what, value), numbers, by=db.session.get_one(Agent, by.id))


def taken_back(results: list[Result], by: Agent) -> list[Result]:
    steps = [bulk.from_text(bulk.as_text(step)) for step in bulk.steps_back(results)]
    with transaction():
        return bulk.undo(steps, by=db.session.get_one(Agent, by.id))


def state(ticket: Ticket) -> tuple:
    db.session.rollback()
    now = db.session.get_one(Ticket, ticket.id)
    tags = sorted(tag.name for tag in now.tags)
    return now.team_id, now.assignee_id, now.category, now.snoozed_until, now.priority, tags, now.waiting_since


ACTS = {"assign": ("me", ""), "team": ("returns",), "close": ("",), "wait": ("",), "open": ("",), "snooze": ("4",)}
FACTS = {"priority": ("urgent",), "tag": ("vip",), "untag": ("new",)}


def test_every_act_is_done_and_taken_back_as_if_nothing_had_been():
    agent, returns = an_agent(role="owner"), a_team("Returns").id
    made = [a_ticket(customer=str(number)) for number in (551, 552, 553)]
    put_off(made[0], agent)
    given(made[1], agent)
    before = [state(ticket) for ticket in made]

    for what, value in [(what, value) for what, values in {**ACTS, **FACTS}.items() for value in values]:
        results = applied(what, str(returns) if value == "returns" else value, made, agent)

        assert [result.problem for result in results] == ["", "", ""], what
        assert [state(ticket) for ticket in made] != before, what
        assert [result.problem for result in taken_back(results, agent)] == [""] * len(bulk.steps_back(results))
        assert [state(ticket) for ticket in made] == before, what
    assert db.session.execute(sa.select(sa.func.count()).where(Wait.ended_at.is_(None))).scalar_one() == 3


def put_off(ticket: Ticket, by: Agent) -> None:
    with transaction():
        it, who = db.session.get_one(Ticket, ticket.id), Actor.of(db.session.get_one(Agent, by.id))
        standing.snooze(it, until=clock.now() + timedelta(hours=1), by=who)
        standing.tag(it, names=["new"], by=who)


def given(ticket: Ticket, to: Agent) -> None:
    with transaction():
        who = db.session.get_one(Agent, to.id)
        tickets.assign(db.session.get_one(Ticket, ticket.id), to=who, by=Actor.of(who))


def test_one_that_refuses_leaves_the_others_done_and_says_why():
    agent = an_agent(team="Sales")
    ours = an_inbox("Ours", team="Sales", account_id="17841400000000003")
    theirs = an_inbox("Theirs", team="Legal", account_id="17841400000000004")
    good, foreign, closed = a_ticket(inbox=ours, customer="551"), a_ticket(inbox=theirs, customer="552"), None
    closed = a_ticket(inbox=ours, customer="553")
    applied("close", "", [closed], agent)

    results = applied("wait", "", [good, foreign, closed], agent)

    assert [result.problem for result in results] == ["", bulk.NOT_THERE, "This ticket is closed. Reopen it first."]
    assert state(good)[2] is Category.WAITING
    assert state(foreign)[2] is Category.OPEN


def test_what_somebody_has_touched_since_stays():
    agent, other = an_agent(role="owner"), an_agent(role="owner")
    first, second = a_ticket(customer="551"), a_ticket(customer="552")
    results = applied("close", "", [first, second], agent)
    steps = bulk.steps_back(results)
    a_note(first, "I look into this", by=other)

    with transaction():
        undone = bulk.undo(steps, by=db.session.get_one(Agent, agent.id))

    assert "since" in undone[0].problem
    assert state(first)[2] is Category.CLOSED
    assert state(second)[2] is Category.OPEN


def test_a_value_that_is_none_is_told_and_changes_nothing():
    agent, ticket = an_agent(role="owner"), a_ticket(customer="551")
    before = state(ticket)
    wrong = {
        "assign": ("999999", "x"),
        "team": ("7777",),
        "snooze": ("0", "99999"),
        "priority": ("top",),
        "tag": (" ",),
    }

    for what, value in [(what, value) for what, values in wrong.items() for value in values]:
        (result,) = applied(what, value, [ticket], agent)

        assert result.problem, (what, value)
        assert state(ticket) == before


def test_no_act_no_tickets_and_too_many_are_refused_before_anything():
    for act, numbers in ((Act("explode"), [1]), (Act("close"), []), (Act("close"), list(range(501)))):
        with pytest.raises(Invalid):
            bulk.checked(act, numbers)
    for text in ("", "[]", "{}", '[1, 2, [["explode", ""]]]', '["1", 2, []]', "null", '[1, 2, "ab"]'):
        with pytest.raises(Invalid):
            bulk.from_text(text)
    assert bulk.from_text('[1, 2, [["close", ""]]]') == Undo(1, 2, (Act("close"),))
