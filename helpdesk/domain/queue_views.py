"""The queue: built-in views over the tickets that a person sees, paged by keyset, with counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk import clock
from helpdesk.channels.contract import Channel, History, MediaKind
from helpdesk.db import UtcDateTime, db
from helpdesk.domain import access, channels
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import (
    Agent,
    AuthorKind,
    Category,
    Conversation,
    Direction,
    Identity,
    Membership,
    Message,
    MessageStatus,
    Ticket,
    TicketRead,
)
from helpdesk.text import excerpt

PAGE = 50
MAX_ROWS_ASKED = 200
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BIGGEST = 10**18 - 1


Sort = tuple[sa.ColumnElement[Any], bool]  # a column, and whether it goes down


@dataclass(frozen=True)
class View:
    """`empty` is the sentence for nobody waiting here. Tickets come by the time in `first`, a column of theirs, the
    earliest on top and those without it at the end, then by their newest message. A view that is not counted does not
    tell how many it holds."""

    name: str
    title: str
    empty: str
    condition: Callable[[Agent], sa.ColumnElement[bool]]
    first: str | None = "waiting_since"
    is_counted: bool = True
    is_quick: bool = False  # one click away; the others stand in the menu


def _is_active() -> sa.ColumnElement[bool]:
    """We or the customer owe something now."""
    return Ticket.category.in_((Category.OPEN, Category.WAITING))


def _is_of_teams(agent: Agent) -> sa.ColumnElement[bool]:
    return Ticket.team_id.in_(sa.select(Membership.team_id).where(Membership.agent_id == agent.id))


def _has_failed() -> sa.ColumnElement[bool]:
    """A message of ours did not go out, or nobody knows."""
    failed = Message.status.in_((MessageStatus.FAILED, MessageStatus.UNCERTAIN))
    return Ticket.id.in_(sa.select(Message.ticket_id).where(failed, Message.ticket_id.is_not(None)))


VIEWS = {
    view.name: view
    for view in (
        View(
            "mine",
            "Mine",
            "Nothing is assigned to you. Unassigned tickets wait one view further.",
            lambda agent: sa.and_(Ticket.assignee_id == agent.id, _is_active()),
            is_quick=True,
        ),
        View(
            "unassigned",
            "Unassigned",
            "Every open ticket has somebody who looks after it.",
            lambda agent: sa.and_(Ticket.assignee_id.is_(None), _is_active()),
            is_quick=True,
        ),
        View(
            "waiting",
            "Waiting",
            "No customer waits for an answer.",
            lambda agent: sa.and_(Ticket.waiting_since.is_not(None), _is_active()),
            is_quick=True,
        ),
        View(
            "team",
            "My teams",
            "Your teams have nothing to do.",
            lambda agent: sa.and_(_is_of_teams(agent), _is_active()),
        ),
        View(
            "requests",
            "Requests",
            "No stranger waits to be let in.",
            lambda agent: Ticket.category == Category.REQUEST,
            first="opened_at",
        ),
        View(
            "snoozed",
            "Snoozed",
            "Nothing is put off. Snooze a ticket, and it waits here until its time.",
            lambda agent: Ticket.category == Category.SNOOZED,
            first="snoozed_until",
        ),
        View(
            "failed",
            "Failed sends",
            "Everything that was sent has arrived, as far as the platforms tell.",
            lambda agent: _has_failed(),
            first=None,
        ),
        View(
            "all",
            "All",
            "No open tickets. New messages appear here by themselves.",
            lambda agent: Ticket.category != Category.CLOSED,
        ),
        View(
            "closed",
            "Closed",
            "No ticket has been closed yet.",
            lambda agent: Ticket.category == Category.CLOSED,
            first=None,
            is_counted=False,
        ),
    )
}


@dataclass(frozen=True)
class Row:
    """One ticket as the queue shows it to one person. `place` sorts rows as the view does (as text)."""

    ticket: Ticket
    conversation: Conversation
    identity: Identity
    channel: Channel
    last: Message | None
    prefix: str  # whose words the excerpt is: "", "You", "Mona", "From the app"
    excerpt: str
    waiting_since: datetime | None
    unread: int
    window_until: datetime | None
    place: str


@dataclass(frozen=True)
class Gone:
    """A number that is not in the view (any more), or not theirs to see."""

    number: int


@dataclass(frozen=True)
class PutOff:
    """How many tickets are snoozed, and when the first of them comes back."""

    number: int
    until: datetime


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: str | None  # ask for it as `after`


def view(name: str) -> View:
    """Raises NotFound."""
    if name not in VIEWS:
        raise NotFound("There is no such view.")
    return VIEWS[name]


def page(view: View, *, agent: Agent, after: str | None = None, limit: int = PAGE) -> Page:
    """A page of the view that begins after the cursor. Raises Invalid for a cursor that is not ours."""
    sorts = _sorts(view)
    found = _in_view(view, agent).order_by(*(column.desc() if is_down else column for column, is_down in sorts))
    if after:
        found = found.where(_after(sorts, after))
    tickets = list(db.session.execute(found.limit(limit + 1)).scalars())
    rows = _rows(view, tickets[:limit], agent)
    return Page(rows, rows[-1].place if len(tickets) > limit else None)


def rows(view: View, numbers: Sequence[int], *, agent: Agent) -> list[Row | Gone]:
    """These tickets as the view shows them now, each with its place, or as gone. Raises Invalid for too many."""
    if len(numbers) > MAX_ROWS_ASKED:
        raise Invalid(f"Ask for {MAX_ROWS_ASKED} rows at most.")
    found = _in_view(view, agent).where(Ticket.number.in_(numbers))
    there = {row.ticket.number: row for row in _rows(view, list(db.session.execute(found).scalars()), agent)}
    return [there.get(number, Gone(number)) for number in numbers]


def counts(agent: Agent) -> dict[str, int]:
    """How many tickets each counted view holds for this person: in one look at those that are not closed, and one at
    those of which something failed."""
    counted = [view for view in VIEWS.values() if view.is_counted and view.name != "failed"]
    columns = [sa.func.count(sa.case((view.condition(agent), 1))) for view in counted]
    found = sa.select(*columns).select_from(Ticket).where(access.visible(agent), Ticket.category != Category.CLOSED)
    failed = sa.select(sa.func.count()).select_from(Ticket).where(access.visible(agent), _has_failed())
    known = dict(zip([view.name for view in counted], db.session.execute(found).one(), strict=True))
    return known | {"failed": db.session.execute(failed).scalar_one()}


def put_off(agent: Agent) -> PutOff | None:
    """What is snoozed, of all that this person sees; None when nothing is."""
    columns = sa.func.count(), sa.func.min(Ticket.snoozed_until, type_=UtcDateTime())
    number, until = db.session.execute(
        sa.select(*columns).where(access.visible(agent), Ticket.category == Category.SNOOZED)
    ).one()
    return PutOff(number, until) if until else None


def _in_view(view: View, agent: Agent) -> sa.Select[Ticket]:
    return (
        access.tickets(agent)
        .where(view.condition(agent))
        .options(
            joinedload(Ticket.conversation).joinedload(Conversation.identity).joinedload(Identity.contact),
            joinedload(Ticket.conversation).joinedload(Conversation.inbox),
            joinedload(Ticket.conversation).joinedload(Conversation.identity).selectinload(Identity.keys),
            joinedload(Ticket.assignee),
            joinedload(Ticket.team),
            selectinload(Ticket.tags),
        )
    )


def _sorts(view: View) -> list[Sort]:
    """Columns and whether they go down."""
    newest = [cast(Sort, (Ticket.last_message_at, True)), cast(Sort, (Ticket.id, True))]
    return newest if view.first is None else [(sa.func.coalesce(getattr(Ticket, view.first), FAR), False), *newest]


def _after(sorts: list[Sort], cursor: str) -> sa.ColumnElement[bool]:
    values = _parse(cursor, len(sorts))
    conditions = []
    for depth, (column, is_down) in enumerate(sorts):
        same = [other == value for (other, _), value in zip(sorts[:depth], values, strict=False)]
        conditions.append(sa.and_(*same, column < values[depth] if is_down else column > values[depth]))
    return sa.or_(*conditions)


def _place(view: View, ticket: Ticket) -> str:
    """The cursor of a row, and its place as a text that sorts: what goes down is written as what is left to the end of
    all things. Whole microseconds: a float would round two rows into one."""
    parts = [f"{(FAR - ticket.last_message_at) // MICROSECOND:018d}", f"{BIGGEST - ticket.id:018d}"]
    if view.first is not None:
        parts.insert(0, f"{((getattr(ticket, view.first) or FAR) - BEGINNING) // MICROSECOND:018d}")
    return "-".join(parts)


def _parse(cursor: str, depth: int) -> list[object]:
    try:
        numbers = [int(part) for part in cursor.split("-")]
        if len(numbers) != depth:
            raise ValueError
        newest = FAR - numbers[-2] * MICROSECOND
        first = [BEGINNING + numbers[0] * MICROSECOND] if depth == 3 else []
        return [*first, newest, BIGGEST - numbers[-1]]
    except (ValueError, OverflowError):
        raise Invalid("This page of the queue is not there. Reload it.") from None


def _rows(view: View, tickets: list[Ticket], agent: Agent) -> list[Row]:
    last = _last_messages(tickets)
    unread = _unread(tickets, agent)
    now = clock.now()
    return [
        _row(view, ticket, last.get(ticket.last_message_id), unread.get(ticket.id, 0), agent, now) for ticket in tickets
    ]


def _row(view: View, ticket: Ticket, last: Message | None, unread: int, agent: Agent, now: datetime) -> Row:
    conversation = ticket.conversation
    channel = channels.of(conversation.inbox.channel)
    history = History(conversation.last_inbound_at, bool(conversation.inbox.options.get("human_agent")))
    return Row(
        ticket=ticket,
        conversation=conversation,
        identity=conversation.identity,
        channel=channel,
        last=last,
        prefix=_prefix(last, agent),
        excerpt=_excerpt(last),
        waiting_since=ticket.waiting_since,
        unread=unread,
        window_until=channel.may_send(history, now).until,
        place=_place(view, ticket),
    )


def _last_messages(tickets: list[Ticket]) -> dict[int | None, Message]:
    ids = [ticket.last_message_id for ticket in tickets if ticket.last_message_id]
    found = sa.select(Message).where(Message.id.in_(ids))
    found = found.options(selectinload(Message.attachments), joinedload(Message.agent), joinedload(Message.token))
    return {message.id: message for message in db.session.execute(found).scalars()}


def _unread(tickets: list[Ticket], agent: Agent) -> dict[int, int]:
    """Inbound messages after what the agent has read, by ticket."""
    read = sa.and_(TicketRead.ticket_id == Message.ticket_id, TicketRead.agent_id == agent.id)
    found = (
        sa.select(Message.ticket_id, sa.func.count())
        .outerjoin(TicketRead, read)
        .where(Message.ticket_id.in_([ticket.id for ticket in tickets]))
        .where(Message.direction == Direction.INBOUND, Message.first_seq > sa.func.coalesce(TicketRead.seq, 0))
        .where(Message.deleted_at.is_(None))
        .group_by(Message.ticket_id)
    )
    return {id: count for id, count in db.session.execute(found) if id is not None}


def _prefix(message: Message | None, agent: Agent) -> str:
    if message is None or message.is_inbound:
        return ""
    if message.author_kind is AuthorKind.APP:
        return "From the app"
    if message.agent is not None:
        return "You" if message.agent_id == agent.id else message.agent.first_name
    return message.token.name if message.token is not None else ""


FILE_WORDS = {
    MediaKind.IMAGE: "📷 Photo",
    MediaKind.VIDEO: "🎬 Video",
    MediaKind.AUDIO: "🎤 Voice message",
    MediaKind.FILE: "📎 File",
    MediaKind.STICKER: "Sticker",
    MediaKind.SHARE: "Shared a post",
    MediaKind.REEL: "Shared a reel",
    MediaKind.STORY: "Story",
    MediaKind.TEMPLATE: "Card",
    MediaKind.EPHEMERAL: "Disappearing photo",
    MediaKind.HEART: "❤️",
    MediaKind.UNSUPPORTED: "Unsupported message",
}


def _excerpt(message: Message | None) -> str:
    if message is None:
        return ""
    if message.deleted_at:
        return "Message unsent"
    files = FILE_WORDS[message.attachments[0].kind] if message.attachments else ""
    words = excerpt(message.text, 120)
    if message.data.get("template"):
        files = FILE_WORDS[MediaKind.TEMPLATE]
    if message.data.get("heart"):
        files = FILE_WORDS[MediaKind.HEART]
    return f"{files}: {words}" if files and words else files or words or "Unsupported message"
