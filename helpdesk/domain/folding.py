"""Two rows that are one message: an echo of ours was stored as "from the app" before we knew the id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk.channels.contract import MediaKind, Receipt
from helpdesk.db import db
from helpdesk.domain import amendments, events, pending, waits
from helpdesk.models import AuthorKind, EventKind, Message
from helpdesk.text import clean_text

CLOCKS_DIFFER = timedelta(seconds=5)  # between the platform's clock and ours


def fold(message: Message, platform_id: str) -> None:
    """The message "from the app" with this id, if there is one, was this message."""
    twin = amendments.by_platform_id(message.inbox_id, platform_id)
    if twin is None or twin is message:
        return
    ticket = twin.ticket
    if ticket is not None:
        events.record(EventKind.MESSAGE_REMOVED, ticket, by=events.SYSTEM, element=twin.dom_id)
        waits.recredit(ticket, at=twin.at, replier_id=message.agent_id)
    _inherit(message, twin)
    db.session.delete(twin)
    db.session.flush()
    if ticket is not None:
        amendments.show_newest(ticket)


def told_before(message: Message, *, called_at: datetime, within: timedelta) -> str | None:
    """The platform's id of an uncertain message whose echo came before anybody knew that the call was lost, and was
    taken for a message from the app: when there is exactly one with its text or files, and of its time."""
    found = sa.select(Message).where(
        Message.conversation_id == message.conversation_id,
        Message.author_kind == AuthorKind.APP,
        Message.at.between(called_at - CLOCKS_DIFFER, called_at + within),
    )
    twins = [one for one in db.session.execute(found).scalars() if is_same(message, one.text, _kinds(one))]
    return twins[0].platform_id if len(twins) == 1 else None


def is_same(message: Message, text: str, kinds: Sequence[MediaKind]) -> bool:
    """Do an echo's words, or its files where there are no words, say what this message says?"""
    if message.text or text:
        return message.text.strip() == clean_text(text).strip()
    return _kinds(message) == list(kinds)


def _kinds(message: Message) -> list[MediaKind]:
    return [one.kind for one in message.attachments]


def _inherit(message: Message, twin: Message) -> None:
    """What has happened to the twin has happened to this message; receipts are applied with all that waits for it."""
    read_at, came_at = twin.read_at, twin.read_at or twin.delivered_at
    if came_at is not None:
        told = Receipt.READ if read_at else Receipt.DELIVERED
        pending.keep(twin.conversation.inbox, twin.platform_id or "", "receipt", {"receipt": told.value}, came_at)
    for reaction in list(twin.reactions):
        reaction.message = message
    for attachment in list(twin.attachments):
        db.session.delete(attachment)
    db.session.execute(sa.update(Message).where(Message.reply_to_id == twin.id).values(reply_to_id=message.id))
    db.session.flush()
