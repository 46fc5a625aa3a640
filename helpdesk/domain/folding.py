"""Two rows that are one message: an echo of ours was stored as "from the app" before we knew the id."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.channels.contract import Receipt
from helpdesk.db import db
from helpdesk.domain import amendments, events, pending, waits
from helpdesk.models import EventKind, Message


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
