"""A conversation as one screen shows it: messages with its tickets as chapters, a page at a time, newest last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk.db import db
from helpdesk.domain import access, timeline
from helpdesk.domain.timeline import Line
from helpdesk.errors import Invalid
from helpdesk.models import Agent, Conversation, Identity, Message, Ticket

PAGE = 50
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Chapter:
    """The beginning of another ticket of the conversation. A `hidden` one is not theirs to see: a line and no more."""

    dom_id: str
    at: datetime
    ticket: Ticket
    is_hidden: bool


@dataclass(frozen=True)
class Thread:
    """`items` oldest first; `older` is what to ask for as `before`, None when nothing is older."""

    items: list[Message | Chapter | Line]
    older: str | None
    unread_from: int | None = None  # id of the first message that the viewer has not read


def page(ticket: Ticket, *, agent: Agent, before: str | None = None, limit: int = PAGE, read_seq: int = 0) -> Thread:
    """A page of the ticket's whole conversation that ends before the cursor `before` (default: now). Messages of
    tickets that `agent` may not see are folded into one chapter line. Raises Invalid for a cursor that is not ours."""
    tickets = _tickets(ticket)
    seen = {one.id for one in tickets if access.may_see(agent, one)}
    rows = _messages(ticket, seen, before, limit + 1)
    older = _cursor(rows[1]) if len(rows) > limit else None
    rows = rows[1:] if len(rows) > limit else rows
    since = rows[0].at if older else BEGINNING
    until = _parse(before)[0] if before else None
    lines = timeline.lines(sorted(seen), since=since, until=until)
    chapters = [
        Chapter(f"chapter-{one.number}", one.opened_at, one, one.id not in seen)
        for one in tickets
        if one is not ticket and not one.is_merged
        if since <= one.opened_at and (until is None or one.opened_at < until)
    ]
    items: list[Message | Chapter | Line] = [*rows, *lines, *chapters]
    items.sort(key=lambda item: (item.at, _turn(item)))
    unread = next((one.id for one in rows if one.is_inbound and one.first_seq > read_seq), None)
    return Thread(items, older, unread if read_seq else None)


def loaded(ids: Sequence[int]) -> list[Message]:
    """Messages with what their partial shows, in one go each, and the customers who wrote them."""
    person = joinedload(Message.conversation).joinedload(Conversation.identity).joinedload(Identity.contact)
    found = sa.select(Message).where(Message.id.in_(ids)).options(*SHOWN, person, joinedload(Message.ticket))
    return list(db.session.execute(found.order_by(Message.at, Message.id)).scalars())


def _turn(item: Message | Chapter | Line) -> int:
    """Of what stands at the same time: the chapter, the line about the message that opened it, the message."""
    return (Chapter, Line, Message).index(type(item))


SHOWN = (
    selectinload(Message.attachments),
    selectinload(Message.reactions),
    selectinload(Message.agent),
    selectinload(Message.token),
    selectinload(Message.reply_to),
    selectinload(Message.outbox),
)


def _messages(ticket: Ticket, seen: set[int], before: str | None, limit: int) -> list[Message]:
    """The newest ones before the cursor, oldest first. What belongs to no ticket came before the first: seen by all who
    see one of the conversation's tickets."""
    found = (
        sa.select(Message)
        .where(Message.conversation_id == ticket.conversation_id)
        .where(sa.or_(Message.ticket_id.in_(sorted(seen)), Message.ticket_id.is_(None)))
        .options(*SHOWN)
    )
    if before:
        at, id = _parse(before)
        found = found.where(sa.or_(Message.at < at, sa.and_(Message.at == at, Message.id < id)))
    newest = db.session.execute(found.order_by(Message.at.desc(), Message.id.desc()).limit(limit)).scalars().all()
    return list(reversed(newest))


def _tickets(ticket: Ticket) -> list[Ticket]:
    found = sa.select(Ticket).where(Ticket.conversation_id == ticket.conversation_id).order_by(Ticket.id)
    return list(db.session.execute(found).scalars())


def _cursor(message: Message) -> str:
    return f"{(message.at - BEGINNING) // MICROSECOND}-{message.id}"


def _parse(cursor: str) -> tuple[datetime, int]:
    try:
        at, id = cursor.split("-")
        return BEGINNING + int(at) * MICROSECOND, int(id)
    except (ValueError, OverflowError):
        raise Invalid("This page of the conversation is not there. Reload it.") from None
