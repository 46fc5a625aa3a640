"""Reply windows, asked of the channels: how long a platform lets the desk write after the customer's last message."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import History, Permission
from helpdesk.db import db
from helpdesk.domain import channels
from helpdesk.models import Conversation, Inbox, Ticket

SOON = timedelta(hours=3)
MOST = 5  # windows, one after the other, that a channel may have


def closing(within: timedelta) -> sa.ColumnElement[bool]:
    """The condition on `ticket` that a window of its conversation closes within that time. One query: the inboxes."""
    now = clock.now()
    inboxes: dict[tuple[timedelta, ...], list[int]] = defaultdict(list)
    for inbox in db.session.execute(sa.select(Inbox).where(Inbox.removed_at.is_(None))).scalars():
        inboxes[tuple(lengths(inbox, now))].append(inbox.id)
    ranges = [
        sa.and_(
            Conversation.inbox_id.in_(ids),
            Conversation.last_inbound_at > now - length,
            Conversation.last_inbound_at <= now - length + within,
        )
        for together, ids in inboxes.items()
        for length in together
    ]
    if not ranges:
        return sa.false()
    return Ticket.conversation_id.in_(sa.select(Conversation.id).where(sa.or_(*ranges)))


def lengths(inbox: Inbox, now: datetime) -> list[timedelta]:
    """How long after the customer's last message each window of this inbox closes, the shortest first: its channel is
    asked about a customer who has just written, then about one whose window has just closed, and so on."""
    channel, has_human_agent = channels.of(inbox.channel), bool(inbox.options.get("human_agent"))
    found: list[timedelta] = []
    for _ in range(MOST):
        wrote_at = now - (found[-1] if found else timedelta(0))
        permission = channel.may_send(History(wrote_at, has_human_agent), now)
        if permission.permission is Permission.NOTHING or permission.until is None:
            break
        found.append(permission.until - wrote_at)
    return found
