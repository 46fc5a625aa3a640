"""What somebody does inside a transaction, as a function to be run later or elsewhere: everything is loaded anew."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Key, Media, MediaKind, MessageReceived
from helpdesk.db import db, transaction
from helpdesk.domain import access, intake, outbox, tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Event, Inbox, Outbox, Ticket, Wait
from tests.factories import CUSTOMER

Step = Callable[[], object]
_numbers = itertools.count(1)


def writes(text: str, *, customer: str = CUSTOMER) -> Step:
    """A customer writes to the only inbox there is."""

    def step() -> None:
        inbox = db.session.execute(sa.select(Inbox)).scalar_one()
        item = MessageReceived(
            account=inbox.account_id,
            contact=(Key("igsid", customer),),
            at=clock.now(),
            platform_id=f"mid-step-{next(_numbers)}",
            text=text,
        )
        intake.apply(inbox, item, received_at=clock.now())

    return step


def closes(ticket: Ticket, agent: Agent) -> Step:
    number, id = ticket.number, agent.id
    return lambda: tickets.close(access.ticket(number, by=the_agent(id)), by=Actor.of(the_agent(id)))


def assigns(ticket: Ticket, agent: Agent, *, to: Agent | None) -> Step:
    number, id, to_id = ticket.number, agent.id, to.id if to else None

    def step() -> None:
        by = the_agent(id)
        given = the_agent(to_id) if to_id else None
        tickets.assign(access.ticket(number, by=by), to=given, by=Actor.of(by))

    return step


def the_agent(id: int) -> Agent:
    return db.session.get_one(Agent, id)


def claimed() -> tuple[int, str]:
    """Id and token of the outbox row that is due, claimed."""
    with transaction():
        row = outbox.claim()
        assert row is not None, "nothing is due"
        return row.id, row.token


def called() -> tuple[int, str]:
    """Id and token of the outbox row that is due, claimed and marked: its call is under way."""
    id, token = claimed()
    with transaction():
        assert outbox.begin_call(outbox.locked(id), token)
    return id, token


def the_row(id: int) -> Outbox:
    return db.session.get_one(Outbox, id)


def a_picture() -> Media:
    return Media(MediaKind.IMAGE, url="https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1")


def the_open_waits() -> list[Wait]:
    return list(db.session.execute(sa.select(Wait).where(Wait.ended_at.is_(None)).order_by(Wait.id)).scalars())


def assert_numbered_without_gaps() -> None:
    """Each event follows the one before it, over the desk and in its room."""
    rows = db.session.execute(sa.select(Event.seq, Event.prev, Event.room).order_by(Event.seq)).all()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    newest: dict[str, int] = {}
    for row in rows:
        assert row.prev == newest.get(row.room, 0)
        newest[row.room] = row.seq


def told() -> list[tuple[str, str]]:
    """Kind and room of everything that happened, in order."""
    found = sa.select(Event.kind, Event.room).order_by(Event.seq)
    return [(kind.value, room) for kind, room in db.session.execute(found)]


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)
