"""What the customer's side does: messages, edits, unsends, reactions, receipts. Each is safe to apply again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import (
    ContactChanged,
    Media,
    MessageReceived,
)
from helpdesk.db import db
from helpdesk.domain import amendments, contacts, events, requests, tickets, waits
from helpdesk.domain.search import index
from helpdesk.models import (
    Attachment,
    AttachmentState,
    AuthorKind,
    Conversation,
    Direction,
    EventKind,
    Inbox,
    Message,
    MessageStatus,
    Ticket,
)
from helpdesk.secrets import new_token
from helpdesk.text import clean_line, clean_text, is_cut


def receive(
    inbox: Inbox, item: MessageReceived, *, received_at: datetime, ledger_id: int | None = None
) -> Message | None:
    """Stores a customer's message, opens or reopens its ticket and starts a wait. That of somebody who is blocked is
    kept and no more; a stranger's may wait among the requests first. None when we have it already."""
    conversation = contacts.find_or_create(inbox, item.contact)
    if amendments.stored(inbox, item.platform_id) is not None:
        return None
    is_blocked, is_asked = requests.is_blocked(conversation), requests.is_asked(conversation)
    ticket = tickets.latest(conversation) if is_blocked else _ticket(conversation, item, received_at, is_asked)
    message = _inbound(conversation, item, received_at, ticket=ticket, ledger_id=ledger_id)
    add(message, item.media, item.reply_to)
    conversation.is_standby = item.is_standby
    if ticket is not None and not (item.is_standby or is_blocked or is_asked):
        waits.opened(ticket, message)
    if message.platform_at or not conversation.last_inbound_at:
        conversation.last_inbound_at = later(conversation.last_inbound_at, message.at)
    _tell(message, item, is_blocked=is_blocked)
    amendments.apply_waiting(message)
    return message


def _ticket(conversation: Conversation, item: MessageReceived, received_at: datetime, is_asked: bool) -> Ticket:
    by = contacts.actor(conversation.identity)
    at = min(item.at or received_at, received_at)
    ticket = tickets.for_message(conversation, at=at, received_at=received_at, by=by)
    if is_asked:
        requests.hold(ticket)
    return ticket


def _inbound(
    conversation: Conversation,
    item: MessageReceived,
    received_at: datetime,
    *,
    ticket: Ticket | None,
    ledger_id: int | None,
) -> Message:
    return Message(
        ticket=ticket,
        direction=Direction.INBOUND,
        author_kind=AuthorKind.CONTACT,
        kind=item.kind,
        status=MessageStatus.RECEIVED,
        is_standby=item.is_standby,
        data=_facts(payload=item.payload, referral=dict(item.referral)),
        ledger_id=ledger_id,
        **arrived(conversation, item, received_at),
    )


def _tell(message: Message, item: MessageReceived, *, is_blocked: bool) -> None:
    if message.ticket is None:
        return
    identity = message.conversation.identity
    facts = {**files(item.media), "is_stranger": contacts.wants_profile(identity, now=message.created_at)}
    kind = EventKind.MESSAGE_KEPT if is_blocked else EventKind.MESSAGE_RECEIVED
    assignee = message.ticket.assignee_id
    events.record(kind, message.ticket, by=contacts.actor(identity), message=message, assignee=assignee, **facts)


def arrive(inbox: Inbox, item: ContactChanged) -> None:
    """They came through a link or an ad without writing: a line on an open ticket, else nothing."""
    conversation = contacts.find(inbox, item.contact)
    ticket = tickets.latest(conversation) if conversation is not None else None
    if conversation is not None and ticket is not None and not ticket.is_closed:
        events.record(
            EventKind.CONTACT_ARRIVED,
            ticket,
            by=contacts.actor(conversation.identity),
            sentence=clean_line(item.sentence),
        )


# --- shared with echoes ---------------------------------------------------------------------------------------


def arrived(conversation: Conversation, item: Any, received_at: datetime) -> dict[str, Any]:
    """The columns that everything from a platform has in common. A platform's time from the future is not believed."""
    return {
        "conversation": conversation,
        "inbox_id": conversation.inbox_id,
        "platform_id": item.platform_id,
        "text": clean_text(item.text),
        "is_truncated": is_cut(item.text),
        "at": min(item.at or received_at, received_at),
        "platform_at": item.at,
        "received_at": received_at,
        "created_at": clock.now(),
    }


def add(message: Message, media: tuple[Media, ...], reply_to: str) -> None:
    """Stores the message with its quote and files, and shows it in its ticket's row."""
    _quote(message, reply_to)
    _store_media(message, media)
    db.session.add(message)
    db.session.flush()
    index.add(message)
    touch(message)


def files(media: Sequence[Media]) -> dict[str, int]:
    """How many files there are to be fetched, as its event tells: `{"files": 2}`."""
    return {"files": sum(bool(one.url) for one in media)}


def _store_media(message: Message, media: tuple[Media, ...]) -> None:
    """One row each; what can be fetched is fetched at once by the workers, since the platforms' addresses expire."""
    for position, one in enumerate(media):
        message.attachments.append(
            Attachment(
                public_id=new_token(),
                position=position,
                kind=one.kind,
                state=AttachmentState.PENDING if one.url else AttachmentState.NONE,
                source_url=one.url,
                title=clean_line(one.title),
                link=clean_line(one.link, 2000),
                data=clean(dict(one.data)),
                next_at=message.created_at if one.url else None,
                created_at=message.created_at,
            )
        )


def clean(value: Any) -> Any:
    """JSON from outside with every string cleaned: PostgreSQL holds neither NUL nor lone surrogates."""
    if isinstance(value, str):
        return clean_text(value, 2000)
    if isinstance(value, dict):
        return {clean_line(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def touch(message: Message) -> None:
    """The ticket's row in the queue shows its newest message."""
    ticket = message.ticket
    if ticket is None:
        return
    db.session.flush()
    if ticket.last_message_id is None or message.at >= ticket.last_message_at:
        ticket.last_message_at = message.at
        ticket.last_message_id = message.id


def later(known: datetime | None, other: datetime) -> datetime:
    return other if known is None else max(known, other)


def _quote(message: Message, platform_id: str) -> None:
    """What it answers: our row when we have it, else the platform's id alone."""
    if not platform_id:
        return
    message.reply_to_platform_id = clean_line(platform_id, 500)
    found = sa.select(Message).where(Message.inbox_id == message.inbox_id, Message.platform_id == platform_id)
    message.reply_to = db.session.execute(found).scalar_one_or_none()


def _facts(**facts: Any) -> dict[str, Any]:
    return {name: clean(value) for name, value in facts.items() if value}
