"""A ticket as the queue shows it to one person: whose words come last, what is unread, how long the window is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk import clock
from helpdesk.channels.contract import Channel, History, MediaKind
from helpdesk.db import db
from helpdesk.domain import channels, queue_places
from helpdesk.domain.queue_views import View
from helpdesk.models import (
    Agent,
    AuthorKind,
    Conversation,
    Direction,
    Draft,
    Identity,
    Mention,
    Message,
    Ticket,
    TicketRead,
)
from helpdesk.text import excerpt


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
    is_called: bool  # a note that they have not read mentions them
    is_drafted: bool  # they have begun to write
    window_until: datetime | None
    place: str


def drawn(view: View, tickets: Sequence[Ticket], agent: Agent) -> list[Row]:
    last = _last_messages(tickets)
    marks = _Marks(_unread(tickets, agent), _called(tickets, agent), _drafted(tickets, agent))
    now = clock.now()
    return [_row(view, ticket, last.get(ticket.last_message_id), marks, agent, now) for ticket in tickets]


@dataclass(frozen=True)
class _Marks:
    """What is theirs alone, by ticket id."""

    unread: dict[int, int]
    called: set[int]
    drafted: set[int]


def _row(view: View, ticket: Ticket, last: Message | None, marks: _Marks, agent: Agent, now: datetime) -> Row:
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
        unread=marks.unread.get(ticket.id, 0),
        is_called=ticket.id in marks.called,
        is_drafted=ticket.id in marks.drafted,
        window_until=channel.may_send(history, now).until,
        place=queue_places.place(view.order, ticket),
    )


def _last_messages(tickets: Sequence[Ticket]) -> dict[int | None, Message]:
    ids = [ticket.last_message_id for ticket in tickets if ticket.last_message_id]
    found = sa.select(Message).where(Message.id.in_(ids))
    found = found.options(selectinload(Message.attachments), joinedload(Message.agent), joinedload(Message.token))
    return {message.id: message for message in db.session.execute(found).scalars()}


def _unread(tickets: Sequence[Ticket], agent: Agent) -> dict[int, int]:
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


def _called(tickets: Sequence[Ticket], agent: Agent) -> set[int]:
    """Those with a note that mentions the agent, and that they have not read."""
    read = sa.and_(TicketRead.ticket_id == Mention.ticket_id, TicketRead.agent_id == Mention.agent_id)
    found = (
        sa.select(Mention.ticket_id)
        .join(Message, Message.id == Mention.message_id)
        .outerjoin(TicketRead, read)
        .where(Mention.agent_id == agent.id, Mention.ticket_id.in_([ticket.id for ticket in tickets]))
        .where(Message.first_seq > sa.func.coalesce(TicketRead.seq, 0))
    )
    return set(db.session.execute(found).scalars())


def _drafted(tickets: Sequence[Ticket], agent: Agent) -> set[int]:
    ids = [ticket.id for ticket in tickets]
    found = sa.select(Draft.ticket_id).where(Draft.agent_id == agent.id, Draft.ticket_id.in_(ids), Draft.text != "")
    return set(db.session.execute(found).scalars())


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
