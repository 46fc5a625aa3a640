"""Echoes: what our account sent, told by the platform. Ours are recognised; the rest came from the platform's app."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Accepted, EchoReceived
from helpdesk.db import db
from helpdesk.domain import amendments, arrivals, contacts, events, folding, outbox, requests, tickets, waits
from helpdesk.domain.events import Actor
from helpdesk.domain.folding import CLOCKS_DIFFER
from helpdesk.models import (
    AuthorKind,
    Conversation,
    Direction,
    EventKind,
    Inbox,
    Message,
    MessageStatus,
    Outbox,
    OutboxState,
)

FROM_THE_APP = Actor(AuthorKind.APP)
WAITS = timedelta(seconds=90)  # for a send under way to settle; then it is taken for one from the app
UNCERTAIN = (OutboxState.UNKNOWN, OutboxState.REVIEW)


class NotYet(Exception):
    """A send of this conversation is under way: the echo waits until that settles."""


def receive(
    inbox: Inbox, item: EchoReceived, *, received_at: datetime, ledger_id: int | None = None, may_wait: bool
) -> None:
    """Settles the row that this is the echo of, or stores a message "from the app".

    Raises NotYet while `may_wait`, for so long as is sensible, and a send of the conversation is open: its answer will
    say whose echo this is."""
    conversation = contacts.find_or_create(inbox, item.contact)
    if amendments.stored(inbox, item.platform_id) is not None:
        return
    row = _by_key(inbox, item.key) or _uncertain_one(conversation, item)
    if row is not None:
        outbox.settle(row, Accepted(item.platform_id))
        return
    if may_wait and _is_sending(conversation) and clock.now() - received_at < WAITS:
        raise NotYet
    _store(conversation, item, received_at, ledger_id)


def _by_key(inbox: Inbox, key: str) -> Outbox | None:
    """Our key came back: that row, unless we know its id already. Also one that people have given up or queued again:
    the customer has it."""
    if not key:
        return None
    found = sa.select(Outbox).join(Message, Message.id == Outbox.message_id)
    found = found.where(Outbox.inbox_id == inbox.id, Outbox.key == key, Message.platform_id.is_(None))
    return db.session.execute(found).scalar_one_or_none()


def _uncertain_one(conversation: Conversation, item: EchoReceived) -> Outbox | None:
    """The uncertain row with the same text or files whose call began just before the echo's time, when there is exactly
    one; or one of which a person has said that it arrived."""
    is_confirmed = sa.and_(Outbox.state == OutboxState.SENT, Message.platform_id.is_(None))
    found = sa.select(Outbox).join(Message, Message.id == Outbox.message_id)
    found = found.where(Outbox.conversation_id == conversation.id, sa.or_(Outbox.state.in_(UNCERTAIN), is_confirmed))
    rows = [row for row in db.session.execute(found).scalars() if _is_same(row, item)]
    return rows[0] if len(rows) == 1 else None


def _is_same(row: Outbox, item: EchoReceived) -> bool:
    if item.at and row.called_at and not -CLOCKS_DIFFER <= item.at - row.called_at <= outbox.UNKNOWN_FOR:
        return False
    return folding.is_same(row.message, item.text, [one.kind for one in item.media])


def _is_sending(conversation: Conversation) -> bool:
    found = sa.select(Outbox.id).where(
        Outbox.conversation_id == conversation.id, Outbox.state.in_((OutboxState.CALLING, OutboxState.UNKNOWN))
    )
    return db.session.execute(found).first() is not None


def _store(conversation: Conversation, item: EchoReceived, received_at: datetime, ledger_id: int | None) -> None:
    """An outbound message from the platform's own app: opens nothing, ends a wait with outside credit."""
    ticket = tickets.latest(conversation)
    if ticket is not None and ticket.is_request:
        requests.accept(ticket, by=FROM_THE_APP)  # somebody of ours has decided, in the app
    message = Message(
        ticket=ticket,
        direction=Direction.OUTBOUND,
        author_kind=AuthorKind.APP,
        status=MessageStatus.SENT,
        sent_at=item.at or received_at,
        is_standby=item.is_standby,
        ledger_id=ledger_id,
        **arrivals.arrived(conversation, item, received_at),
    )
    arrivals.add(message, item.media, item.reply_to)
    if ticket is not None:
        waits.replied_outside(ticket, at=message.at)
        facts = arrivals.files(item.media)
        events.record(EventKind.MESSAGE_ECHOED, ticket, by=FROM_THE_APP, message=message, **facts)
    amendments.apply_waiting(message)
