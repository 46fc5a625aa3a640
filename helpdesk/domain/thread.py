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
    """`items` oldest first; `older` is what to ask for as `before`, None when nothing is older; `newer` likewise, as
    `after`."""

    items: list[Message | Chapter | Line]
    older: str | None
    newer: str | None = None
    unread_from: int | None = None  # id of the first message that the viewer has not read
    target: Message | None = None  # the one that it was opened at


@dataclass(frozen=True)
class _Stretch:
    """Messages in a row, and the times between which what happened beside them belongs to them."""

    rows: list[Message]
    since: datetime
    until: datetime | None
    has_older: bool
    has_newer: bool


def page(
    ticket: Ticket,
    *,
    agent: Agent,
    before: str | None = None,
    after: str | None = None,
    target: Message | None = None,
    limit: int = PAGE,
    read_seq: int = 0,
) -> Thread:
    """A page of the ticket's whole conversation: what ends before the cursor `before` or begins after `after`, what
    stands around the message `target`, else the newest. Messages of tickets that `agent` may not see are folded into
    one chapter line. Raises Invalid for a cursor that is not ours."""
    tickets = _tickets(ticket)
    seen = {one.id for one in tickets if access.may_see(agent, one)}
    if target is not None:
        stretch = _around(ticket, seen, target, limit)
    elif after:
        stretch = _after(ticket, seen, after, limit)
    else:
        stretch = _before(ticket, seen, before, limit)
    rows, since, until = stretch.rows, stretch.since, stretch.until
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
    return Thread(
        items,
        older=_cursor(rows[0]) if stretch.has_older else None,
        newer=_cursor(rows[-1]) if stretch.has_newer else None,
        unread_from=unread if read_seq and not stretch.has_newer and target is None else None,
        target=target,
    )


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


def _before(ticket: Ticket, seen: set[int], before: str | None, limit: int) -> _Stretch:
    """The newest ones before the cursor."""
    rows = _older(ticket, seen, _parse(before) if before else None, limit + 1)
    has_older = len(rows) > limit
    rows = rows[-limit:]
    return _Stretch(
        rows, rows[0].at if has_older else BEGINNING, _parse(before)[0] if before else None, has_older, False
    )


def _after(ticket: Ticket, seen: set[int], after: str, limit: int) -> _Stretch:
    """The oldest ones after the cursor."""
    at, id = _parse(after)
    rows = _newer(ticket, seen, (at, id), limit + 1)
    has_newer = len(rows) > limit
    rows = rows[:limit]
    return _Stretch(rows, at, rows[-1].at if has_newer else None, True, has_newer)


def _around(ticket: Ticket, seen: set[int], target: Message, limit: int) -> _Stretch:
    """The target in the middle."""
    place = (target.at, target.id)
    before, after = _older(ticket, seen, place, limit // 2 + 1), _newer(ticket, seen, place, limit // 2 + 1)
    has_older, has_newer = len(before) > limit // 2, len(after) > limit // 2
    rows = [*(before[1:] if has_older else before), target, *(after[:-1] if has_newer else after)]
    return _Stretch(
        rows, rows[0].at if has_older else BEGINNING, rows[-1].at if has_newer else None, has_older, has_newer
    )


def _older(ticket: Ticket, seen: set[int], place: tuple[datetime, int] | None, limit: int) -> list[Message]:
    """The newest ones before this place, or of all; oldest first."""
    found = _messages(ticket, seen)
    if place:
        at, id = place
        found = found.where(sa.or_(Message.at < at, sa.and_(Message.at == at, Message.id < id)))
    newest = db.session.execute(found.order_by(Message.at.desc(), Message.id.desc()).limit(limit)).scalars().all()
    return list(reversed(newest))


def _newer(ticket: Ticket, seen: set[int], place: tuple[datetime, int], limit: int) -> list[Message]:
    """The oldest ones after this place, oldest first."""
    at, id = place
    found = _messages(ticket, seen).where(sa.or_(Message.at > at, sa.and_(Message.at == at, Message.id > id)))
    return list(db.session.execute(found.order_by(Message.at, Message.id).limit(limit)).scalars())


def _messages(ticket: Ticket, seen: set[int]) -> sa.Select[Message]:
    """What belongs to no ticket came before the first: seen by all who see one of the conversation's tickets."""
    return (
        sa.select(Message)
        .where(Message.conversation_id == ticket.conversation_id)
        .where(sa.or_(Message.ticket_id.in_(sorted(seen)), Message.ticket_id.is_(None)))
        .options(*SHOWN)
    )


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
