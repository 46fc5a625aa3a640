"""How far a message of ours got, in words, and what an agent can do about one that did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk.domain import outbox
from helpdesk.domain.presentation.customers import channel_name
from helpdesk.models import Direction, Message, MessageStatus, Outbox, OutboxState


@dataclass(frozen=True)
class DeliveryAction:
    """A button: `verb` ends the address to post to; "edit" puts the text back into the composer."""

    verb: str
    label: str


@dataclass(frozen=True)
class Delivery:
    """How far a message of ours got. `sentence` and `actions` speak where something must be done or known."""

    icon: str
    label: str
    sentence: str = ""
    actions: Sequence[DeliveryAction] = ()


RETRY = DeliveryAction("retry", "Retry")
EDIT = DeliveryAction("edit", "Edit and resend")
CANCEL = DeliveryAction("cancel", "Take back")
REMOVE = DeliveryAction("remove", "Delete")
CONFIRM = DeliveryAction("confirm", "It arrived")
SEND_AGAIN = DeliveryAction("send-again", "Send again")


def delivery(message: Message) -> Delivery | None:
    """None for what is not sent: arrivals, notes."""
    if message.direction is not Direction.OUTBOUND:
        return None
    status = message.status
    if status is MessageStatus.FAILED:
        return _failed(message)
    if status is MessageStatus.UNCERTAIN:
        return _uncertain(message)
    if status is MessageStatus.QUEUED:
        return _queued(message)
    if status is MessageStatus.CANCELLED:
        return Delivery("alert", "Not sent", message.status_reason or "This was not sent.", (RETRY, EDIT, REMOVE))
    return {
        MessageStatus.SENDING: Delivery("clock", "Sending"),
        MessageStatus.DELIVERED: Delivery("checks", "Delivered"),
        MessageStatus.READ: Delivery("checks", "Read"),
    }.get(status, Delivery("check", "Sent"))


def _failed(message: Message) -> Delivery:
    reason = message.status_reason or "The platform did not take it."
    actions = (RETRY, EDIT, REMOVE) if message.text else (RETRY, REMOVE)
    return Delivery("alert", "Not sent", reason, actions)


def _uncertain(message: Message) -> Delivery:
    """While the platform's echo may still come it is checked; once people must decide they get the two buttons."""
    channel = channel_name(message.conversation.inbox)
    row = message.outbox
    if row is not None and row.state is OutboxState.UNKNOWN:
        return Delivery(
            "clock", f"Checking with {channel}", f"{channel} did not answer. Checking whether it has arrived …"
        )
    reason = (
        message.status_reason
        or f"{channel} did not say whether it has this message. Look in its app before you decide."
    )
    return Delivery("alert", "Perhaps sent", f"{reason}{_after(row)}", (CONFIRM, SEND_AGAIN))


def _after(row: Outbox | None) -> str:
    """Whoever sends it again should know that it would come after these."""
    number = outbox.sent_after(row) if row is not None else 0
    if not number:
        return ""
    return f" {number} later message{'s' if number > 1 else ''} went out after it."


def _queued(message: Message) -> Delivery:
    """One that waits for a reason says it, and can be taken back."""
    if not message.status_reason:
        return Delivery("clock", "Waiting to be sent")
    return Delivery("clock", "Waiting to be sent", message.status_reason, (CANCEL,))
