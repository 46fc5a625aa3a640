"""A desk that is years old: its rows, and what people ask of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

import sqlalchemy as sa

from helpdesk.db import db, reading
from helpdesk.demo import masses
from helpdesk.models import Message, Ticket
from tests.support.running import RunningDesk

SOME = 30


def age(desk: RunningDesk, *, tickets: int, messages: int) -> None:
    """Fills the desk; minutes, for a hundred thousand tickets."""
    desk.settings.data_dir.mkdir(exist_ok=True)
    shutil.copy(desk.directory / "accounts.json", desk.settings.data_dir / "sandbox.json")
    masses.fill(desk.settings, tickets=tickets, messages=messages, say=lambda line: None)
    reading()


def tickets() -> int:
    return db.session.execute(sa.select(sa.func.count(Ticket.id))).scalar_one()


def longest() -> tuple[int, int]:
    """(number, messages) of the ticket with the longest thread."""
    length = sa.func.count(Message.id)
    found = sa.select(Ticket.number, length).join(Message, Message.ticket_id == Ticket.id)
    number, count = db.session.execute(found.group_by(Ticket.number).order_by(length.desc()).limit(1)).one()
    return number, count


def asked_for() -> Iterator[tuple[str, Sequence[str], float]]:
    """(what it is, paths, most milliseconds)"""
    newest = sa.select(Ticket.number).order_by(Ticket.id.desc()).limit(SOME)
    numbers = db.session.execute(newest).scalars().all()
    for view in ("mine", "unassigned", "waiting", "all"):
        yield f"first page of the queue, {view}", [f"/queue?view={view}"], 60
    yield "a ticket's pane", [f"/tickets/{number}/pane?view=all" for number in numbers], 150
    words = ("jacket", "refund", "size", "where is my order", "gracias", "größe", "colou", "zzzz")
    yield "search", [f"/search?{urlencode({'q': word})}" for word in words], 150
