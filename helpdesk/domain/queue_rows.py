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
    Identity,
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
    window_until: datetime | None
    place: str


def drawn(view: View, tickets: Sequence[Ticket], agent: Agent) -> list[Row]:
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
        place=queue_places.place(view, ticket),
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
