"""A page costs the same number of queries however much stands on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Key, ReactionChanged
from helpdesk.db import db, transaction
from helpdesk.domain import intake
from helpdesk.models import Agent, Inbox, Ticket
from tests.api.program import Program, a_program
from tests.bench.load import webhook
from tests.domain import steps
from tests.factories import ACCOUNT, CUSTOMER, a_customer_message, a_note, a_reply, a_ticket, an_agent, an_inbox
from workers import intake as intake_worker

pytestmark = pytest.mark.sqlite_only  # the same statements on both

QUEUE = 23  # queries of a page of the queue, sign-in, saved views and all counts included
SEARCH = 25  # of the results of a search
THREAD = 34  # of a ticket with its thread, drafts, related tickets, and customer: fields, notes, tags, files
MESSAGE = 24  # statements for one more message of a known customer, while no page is open


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are run within."""
    statements: list[str] = []

    def hear(_connection, _cursor, statement, *_) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", hear)


def queries_of(client, path: str) -> int:
    client.get(path)  # what is only read once, is
    with counted() as statements:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(statements)


def queries_of_program(program: Program, path: str) -> int:
    program.get(path)
    with counted() as statements:
        answer = program.get(path)
    assert answer.status_code == 200
    return len(statements)


def fill_queue(tickets: int, agent: Agent) -> None:
    for number in range(tickets):
        ticket = a_ticket(customer=f"66{tickets}{number}", media=[steps.a_picture()] if number % 3 == 0 else [])
        if number % 2:
            a_reply(ticket, by=agent)


def fill_thread(ticket: Ticket, first: int, last: int, agent: Agent, other: Agent) -> None:
    """Of every kind, five messages each time."""
    for number in range(first, last):
        a_customer_message("Look", media=[steps.a_picture()], reply_to="mid-first", platform_id=f"mid-{number}")
        a_customer_message("And this", platform_id=f"mid-r-{number}")
        a_reply(ticket, "Thank you", by=agent)
        a_reply(ticket, "Wait", by=other)
        a_note(ticket, by=other)
        reacts(f"mid-r-{number}")


def reacts(platform_id: str) -> None:
    with transaction():
        inbox = db.session.execute(sa.select(Inbox)).scalar_one()
        item = ReactionChanged(
            account=inbox.account_id,
            contact=(Key("igsid", CUSTOMER),),
            at=clock.now(),
            platform_id=platform_id,
            emoji="❤️",
        )
        intake.apply(inbox, item, received_at=clock.now())


def test_a_queue_of_fifty_costs_as_many_queries_as_one_of_ten(client):
    an_inbox()
    agent = an_agent()
    fill_queue(10, agent)
    page = client(agent)
    ten = queries_of(page, "/tickets?view=all")

    fill_queue(40, agent)

    assert queries_of(page, "/tickets?view=all") == ten
    assert ten <= QUEUE


def test_a_search_costs_the_same_however_much_it_finds(client):
    an_inbox()
    agent = an_agent()
    fill_queue(3, agent)
    page = client(agent)
    few = queries_of(page, "/search?q=jacket")

    fill_queue(9, agent)

    assert queries_of(page, "/search?q=jacket") == few
    assert few <= SEARCH


def test_a_thread_of_fifty_costs_as_many_queries_as_one_of_ten(client):
    an_inbox()
    agent, other = an_agent(), an_agent()
    ticket = a_ticket(platform_id="mid-first")
    fill_thread(ticket, 0, 2, agent, other)
    page = client(agent)
    ten = queries_of(page, f"/tickets/{ticket.number}/pane")

    fill_thread(ticket, 2, 10, agent, other)

    assert queries_of(page, f"/tickets/{ticket.number}/pane") == ten
    assert ten <= THREAD


def test_a_program_s_list_costs_the_same_however_much_stands_on_it(desk):
    an_inbox()
    program, agent, other = a_program(), an_agent(), an_agent()
    ticket = a_ticket(platform_id="mid-first")
    lists = ("/tickets", "/contacts", f"/conversations/{ticket.conversation_id}/messages")
    fill_queue(3, agent)
    fill_thread(ticket, 0, 2, agent, other)
    few = [queries_of_program(program, path) for path in lists]

    fill_queue(9, agent)
    fill_thread(ticket, 2, 6, agent, other)

    assert [queries_of_program(program, path) for path in lists] == few


def test_a_further_message_costs_few_statements(desk):
    an_inbox()
    statements_for(desk, ["mid-0"])

    one, four = statements_for(desk, ["mid-1"]), statements_for(desk, ["mid-2", "mid-3", "mid-4", "mid-5"])

    assert (four - one) / 3 <= MESSAGE


def statements_for(desk, mids: list[str]) -> int:
    """How many it takes to work on so many webhooks of the same customer."""
    for mid in mids:
        desk.webhook(webhook(CUSTOMER, ACCOUNT, mid, "Hello"))
    with counted() as statements:
        assert intake_worker.drain() == 1, "they are one batch"
    return len(statements)
