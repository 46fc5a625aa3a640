"""Changes to a message that is there, or is still to come: edits, unsends, reactions, receipts. Each is safe to apply
again, and none goes back in time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import MessageEdited, MessageUnsent, ReactionChanged, Receipt, ReceiptChanged
from helpdesk.db import db
from helpdesk.domain import contacts, events, locks, pending, waits
from helpdesk.domain.search import index
from helpdesk.models import (
    RECEIPT_RANK,
    AttachmentState,
    Conversation,
    Direction,
    EventKind,
    Inbox,
    Message,
    MessageStatus,
    Reaction,
    Reactor,
    Ticket,
)
from helpdesk.text import clean_line, clean_text

MAX_EDITS_KEPT = 20


def apply_waiting(message: Message) -> None:
    """Applies what came before this message, in the order of the platform's time."""
    for change in pending.waiting_for(message):
        if change.kind == "edit":
            edited(message, text=change.value["text"], at=change.at)
        elif change.kind == "unsend":
            unsent(message, at=change.at)
        elif change.kind == "receipt":
            _receipt(message, Receipt(change.value["receipt"]), change.at)
        else:
            reacted(message, reactor=Reactor(change.value["reactor"]), emoji=change.value["emoji"], at=change.at)
        db.session.delete(change)


def edit(inbox: Inbox, item: MessageEdited) -> None:
    """The author changed a message; the earlier text is kept. An older edit than the last changes nothing."""
    message, at = _target(inbox, item.platform_id), item.at or clock.now()
    if message is None:
        pending.keep(inbox, item.platform_id, "edit", {"text": clean_text(item.text)}, at)
        return
    edited(message, text=clean_text(item.text), at=at)


def edited(message: Message, *, text: str, at: datetime) -> None:
    if message.deleted_at or (message.edited_at and at <= message.edited_at):
        return
    if message.text == text:
        message.edited_at = at  # an earlier edit that comes later must not win
        return
    written = message.edited_at or message.at
    message.edits = [*message.edits, {"text": message.text, "at": written.isoformat()}][-MAX_EDITS_KEPT:]
    message.text, message.edited_at = text, at
    index.change(message)
    _tell(EventKind.MESSAGE_EDITED, message)


def unsend(inbox: Inbox, item: MessageUnsent) -> None:
    """The author took a message back: its text and files leave the page; that it was there stays."""
    message, at = _target(inbox, item.platform_id), item.at or clock.now()
    if message is None:
        pending.keep(inbox, item.platform_id, "unsend", {}, at)
        return
    unsent(message, at=at)


def unsent(message: Message, *, at: datetime) -> None:
    if message.deleted_at:
        return
    message.deleted_at = at
    message.text, message.edits, message.data = "", [], {}
    for attachment in message.attachments:
        attachment.state, attachment.source_url, attachment.title = AttachmentState.NONE, "", ""
    index.change(message)
    if message.ticket is not None and message.is_inbound:
        waits.withdrawn(message.ticket, at=clock.now())
    _tell(EventKind.MESSAGE_UNSENT, message)


def react(inbox: Inbox, item: ReactionChanged) -> None:
    """A reaction set, changed or taken back. The newest by the platform's time wins."""
    message, at = _target(inbox, item.platform_id), item.at or clock.now()
    reactor = Reactor.US if item.by_us else Reactor.CONTACT
    if message is None:
        value = {"emoji": clean_line(item.emoji), "reactor": reactor.value}
        pending.keep(inbox, item.platform_id, f"reaction {reactor.value}", value, at)
        return
    reacted(message, reactor=reactor, emoji=clean_line(item.emoji), at=at)


def reacted(message: Message, *, reactor: Reactor, emoji: str, at: datetime) -> None:
    before = next((reaction for reaction in message.reactions if reaction.reactor is reactor), None)
    if before is not None and at <= before.at:
        return
    if before is None:
        message.reactions.append(Reaction(reactor=reactor, emoji=emoji, at=at))
    elif before.emoji == emoji:
        before.at = at
        return
    else:
        before.emoji, before.at = emoji, at
    _tell(EventKind.MESSAGE_REACTION, message)


def receipt(inbox: Inbox, item: ReceiptChanged) -> None:
    """Delivered or read: one message, or all of ours up to a time. Instagram's `read` names the newest one that was
    read, and reading it reads what came before it."""
    at = item.at or clock.now()
    if not item.platform_id:
        conversation = contacts.find(inbox, item.contact)
        if conversation is not None and item.watermark is not None:
            _receipts_until(conversation, item.receipt, item.watermark, at)
        return
    message = _target(inbox, item.platform_id)
    if message is None:
        pending.keep(inbox, item.platform_id, "receipt", {"receipt": item.receipt.value}, at)
        return
    _receipt(message, item.receipt, at)


def received(message: Message, *, receipt: Receipt, at: datetime) -> None:
    """A receipt never turns a message back: sent < delivered < read."""
    status = MessageStatus(receipt.value)
    if message.direction is not Direction.OUTBOUND:
        return
    if RECEIPT_RANK.get(message.status, 0) >= RECEIPT_RANK[status] or message.status not in RECEIPT_RANK:
        return
    message.status = status
    if receipt is Receipt.READ:
        message.read_at = at
    message.delivered_at = message.delivered_at or at
    _tell(EventKind.MESSAGE_RECEIPT, message)


def show_newest(ticket: Ticket) -> None:
    """The ticket's row in the queue shows its newest message: the one that it showed may be gone."""
    found = sa.select(Message).where(Message.ticket_id == ticket.id, Message.direction != Direction.NOTE)
    newest = db.session.execute(found.order_by(Message.at.desc(), Message.id.desc()).limit(1)).scalar()
    ticket.last_message_id = newest.id if newest else None
    if newest is not None:
        ticket.last_message_at = newest.at


def stored(inbox: Inbox, platform_id: str) -> Message | None:
    return by_platform_id(inbox.id, platform_id)


def _target(inbox: Inbox, platform_id: str) -> Message | None:
    """The message that is to be changed, with its conversation held: the event need not name the customer."""
    message = stored(inbox, platform_id)
    if message is not None:
        locks.conversation(message.conversation_id)
    return message


def by_platform_id(inbox_id: int, platform_id: str) -> Message | None:
    found = sa.select(Message).where(Message.inbox_id == inbox_id, Message.platform_id == platform_id)
    return db.session.execute(found).scalar_one_or_none()


def _receipt(message: Message, receipt: Receipt, at: datetime) -> None:
    received(message, receipt=receipt, at=at)
    if receipt is Receipt.READ:
        _receipts_until(message.conversation, receipt, message.at, at)


def _receipts_until(conversation: Conversation, receipt: Receipt, until: datetime, at: datetime) -> None:
    behind = [status for status, rank in RECEIPT_RANK.items() if rank < RECEIPT_RANK[MessageStatus(receipt.value)]]
    found = sa.select(Message).where(
        Message.conversation_id == conversation.id,
        Message.direction == Direction.OUTBOUND,
        Message.status.in_(behind),
        Message.at <= until,
    )
    for message in db.session.execute(found.order_by(Message.at, Message.id)).scalars():
        received(message, receipt=receipt, at=at)


def _tell(kind: EventKind, message: Message) -> None:
    if message.ticket is not None:
        events.record(kind, message.ticket, by=contacts.actor(message.conversation.identity), message=message)
