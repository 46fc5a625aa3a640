"""The demo workspace as a whole: its timelines are true, its numbers are whole, and it is made once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.demo import people, talks, workspace
from helpdesk.domain import agents, queue_pages, queue_views
from helpdesk.models import (
    Agent,
    Category,
    Counter,
    Direction,
    Event,
    Identity,
    Inbox,
    Ledger,
    LedgerState,
    Message,
    MessageStatus,
    Outbox,
    OutboxState,
    Team,
    Ticket,
    Wait,
    WaitOutcome,
)
from tests.demo.conftest import REQUESTS
from tests.support.sandbox import Sandbox


def every(model):
    return db.session.execute(sa.select(model)).scalars().all()


@pytest.mark.both_databases
def test_everything_that_it_tells_is_true(desk, sandbox, filled):
    before = desk.clock_offset

    _is_whole()
    _came_after_one_another()
    _waits_fit()
    _the_tickets_are_those_of_today_and_those_long_past(filled)
    _today_s_conversations_are_real_on_both_sides(sandbox, filled)
    _nothing_of_today_came_late_and_some_have_waited_long()
    _people_find_their_work()

    assert desk.clock_offset == before


def test_one_can_sign_in_before_the_rest_is_told(desk, fill):
    said = fill(requests=0)

    recognised = agents.recognise("agent@demo.test", people.PASSWORD)
    with_teams = {agent.email: {team.name for team in agent.teams} for agent in every(Agent)}
    assert "owner@demo.test" in said[0]
    assert with_teams["lead@demo.test"] == {"Everyone", "Sales", "Returns"}
    assert with_teams["tom@demo.test"] == {"Returns"}
    assert {inbox.name: inbox.team.name for inbox in every(Inbox)} == people.TEAM_OF
    assert recognised is not None


def test_a_second_time_it_changes_nothing(fill):
    fill(requests=2)
    before = db.session.execute(sa.select(sa.func.max(Event.seq))).scalar(), len(every(Agent)), len(every(Team))

    said = fill(requests=2)

    assert "already" in said[0]
    assert (
        db.session.execute(sa.select(sa.func.max(Event.seq))).scalar(),
        len(every(Agent)),
        len(every(Team)),
    ) == before


def test_a_desk_that_others_can_reach_gets_no_demo(desk, accounts):
    reachable = replace(desk.settings, public_url="https://desk.example")

    with pytest.raises(workspace.Refused):
        workspace.fill(reachable, say=print)

    assert every(Agent) == []


def test_without_the_platform_history_is_told_all_the_same(desk, accounts):
    nowhere = replace(desk.settings, sandbox_port=9)

    with pytest.raises(workspace.Incomplete, match="does not answer"):
        workspace.fill(nowhere, say=print, requests=3, days=20, today=talks.read()[:1])
    desk.reading()

    assert len(every(Ticket)) == 3 + 2  # hers of the past


def test_without_the_accounts_nobody_is_added(desk):
    with pytest.raises(people.NoAccounts):
        workspace.fill(desk.settings, say=print)

    assert every(Agent) == []


def _the_tickets_are_those_of_today_and_those_long_past(filled: list[talks.Talk]) -> None:
    past = sum(talk.past for talk in filled)
    today = clock.now() - timedelta(hours=3)

    tickets = sorted(every(Ticket), key=lambda ticket: ticket.number)

    assert len(tickets) == REQUESTS + past + len(filled)
    assert [ticket.number for ticket in tickets] == list(range(1001, 1001 + len(tickets)))
    old, new = tickets[: REQUESTS + past], tickets[REQUESTS + past :]
    assert all(ticket.is_closed and ticket.closed_at < today for ticket in old)
    assert sum(ticket.is_closed for ticket in new) == 1
    assert {ticket.assignee.name for ticket in new if ticket.assignee} == {"Mona Ortiz", "Tom Becker"}


def _today_s_conversations_are_real_on_both_sides(sandbox: Sandbox, filled: list[talks.Talk]) -> None:
    emma, account = (
        next(talk.customer for talk in filled if talk.customer.first_name == "Emma"),
        _account("Studio Nord"),
    )

    texts = sandbox.texts(customer=emma.id, inbox=account)

    assert len(texts) == 1
    assert texts[0].startswith("Hi Emma! At your height")
    identity = db.session.execute(sa.select(Identity).where(Identity.username == emma.username)).scalar_one()
    assert identity.name == "Emma Lindqvist"
    assert identity.picture_key
    answer = db.session.execute(sa.select(Message).where(Message.text == texts[0])).scalar_one()
    assert answer.status is MessageStatus.READ
    assert [reaction.emoji for reaction in answer.reactions] == ["❤️"]


def _nothing_of_today_came_late_and_some_have_waited_long() -> None:
    waiting = [ticket for ticket in every(Ticket) if ticket.waiting_since]
    inbound = [message for message in every(Message) if message.is_inbound]

    minutes = sorted((clock.now() - ticket.waiting_since) / timedelta(minutes=1) for ticket in waiting)

    assert all(message.late_by == 0 for message in inbound)
    assert minutes[0] < 5
    assert any(30 < each < 60 for each in minutes)
    assert minutes[-1] > 24 * 60


def _people_find_their_work() -> None:
    agents_by_email = {agent.email: agent for agent in every(Agent)}

    mine = queue_pages.page(queue_views.VIEWS["mine"], agent=agents_by_email["agent@demo.test"]).rows
    toms = queue_pages.page(queue_views.VIEWS["all"], agent=agents_by_email["tom@demo.test"]).rows

    assert {row.identity.shown_name for row in mine} == {"Lena Hoffmann", "Emma Lindqvist", "Carla Gómez"}
    assert {row.ticket.team.name for row in toms} == {"Returns"}


def _is_whole() -> None:
    """Events without gaps, everything sent, everything taken in."""
    events = sorted(every(Event), key=lambda event: event.seq)
    counter = db.session.execute(sa.select(Counter.value).where(Counter.name == "event")).scalar_one()
    assert [event.seq for event in events] == list(range(1, counter + 1))
    newest: dict[str, int] = defaultdict(int)
    for event in events:
        assert event.prev == newest[event.room]
        newest[event.room] = event.seq
    assert {row.state for row in every(Outbox)} == {OutboxState.SENT}
    assert {row.state for row in every(Ledger)} == {LedgerState.DONE}


def _came_after_one_another() -> None:
    """Nothing is dated in the future, and each ticket's events stand in the order of time."""
    now = clock.now()
    by_ticket = defaultdict(list)
    for event in sorted(every(Event), key=lambda event: event.seq):
        by_ticket[event.ticket_id].append(event.at)
        assert event.at <= now
    for times in by_ticket.values():
        assert times == sorted(times)
    for message in every(Message):
        assert message.at <= now
        assert message.created_at >= message.at
        if message.direction is Direction.OUTBOUND:
            assert message.sent_at >= message.at
        if message.read_at:
            assert message.read_at >= message.at


def _waits_fit() -> None:
    """Nobody was answered before they wrote; a closed ticket has nobody waiting, an open one says since when."""
    waits = every(Wait)
    for wait in waits:
        assert wait.opened_at <= wait.received_at
        if wait.ended_at:
            assert wait.outcome is not None
            assert wait.ended_at >= wait.received_at
            assert bool(wait.replier_id or wait.is_outside) == (wait.outcome is WaitOutcome.REPLIED)
    running = {wait.ticket_id: wait.opened_at for wait in waits if wait.ended_at is None}
    for ticket in every(Ticket):
        assert ticket.waiting_since == running.get(ticket.id)
        if ticket.category is Category.CLOSED:
            assert ticket.id not in running
            assert ticket.closed_at >= ticket.opened_at


def _account(name: str) -> str:
    return db.session.execute(sa.select(Inbox.account_id).where(Inbox.name == name)).scalar_one()
