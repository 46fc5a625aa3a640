"""One message's way, step by step with its times: read from the rows that decided it, and kept nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import outbox
from helpdesk.domain.presentation import customers, messages, times
from helpdesk.models import (
    Agent,
    AttemptResult,
    AuthorKind,
    Ledger,
    Message,
    MessageStatus,
    Outbox,
    OutboxAttempt,
    OutboxState,
    Wait,
    WaitOutcome,
)

SHORT = timedelta(seconds=1)  # a gap below it is not worth a word
ENDED = {
    WaitOutcome.CLOSED_WITHOUT_REPLY: "Closed without an answer",
    WaitOutcome.BOT_ANSWERED: "Closed with an automatic answer",
    WaitOutcome.MERGED: "Went on in another ticket",
    WaitOutcome.WINDOW_EXPIRED: "The time for an answer ran out",
    WaitOutcome.BLOCKED: "The customer was blocked",
    WaitOutcome.WITHDRAWN: "Taken back by the customer",
}
CAME_BACK = {
    None: "No answer yet",
    AttemptResult.ACCEPTED: "Accepted",
    AttemptResult.REFUSED: "Refused",
    AttemptResult.UNKNOWN: "Uncertain: the answer was lost",
    AttemptResult.NOT_CALLED: "Not called after all: the worker had been asleep",
}


@dataclass(frozen=True)
class Step:
    """`at` is empty for what has not happened. `gap` is the time since the step before, "" when it was short.
    `is_ahead`: it is still to come. `ledger_id` names the webhook that stands behind it."""

    words: str
    at: datetime | None = None
    detail: str = ""
    tone: str = ""  # "good", "warn", "bad"
    gap: str = ""
    is_ahead: bool = False
    ledger_id: int | None = None


def steps(message: Message) -> list[Step]:
    """From first to last. A step earlier than the one before it (clocks differ) has no gap."""
    found = _inbound(message) if message.is_inbound else _outbound(message)
    told: list[Step] = []
    before: datetime | None = None
    for step in found:
        told.append(replace(step, gap=_gap(before, step.at)))
        before = step.at or before
    return told


# --- what customers write -------------------------------------------------------------------------------------


def _inbound(message: Message) -> Iterator[Step]:
    yield from _arrived(message)
    by = db.session.get(Agent, message.seen_by_id) if message.seen_by_id else None
    if message.seen_at is not None:
        yield Step("First seen", message.seen_at, f"by {by.name}" if by else "")
    else:
        yield Step("Nobody has opened it yet")
    wait = _wait(message)
    if wait is not None:
        yield _answered(wait)


def _arrived(message: Message) -> Iterator[Step]:
    channel = customers.channel_name(message.conversation.inbox)
    if message.platform_at is not None:
        who = "From the app" if message.author_kind is AuthorKind.APP else "Sent by the customer"
        yield Step(who, message.platform_at, f"by {channel}'s clock")
    row = db.session.get(Ledger, message.ledger_id) if message.ledger_id else None
    late = f"arrived {times.duration(message.late_by * 60)} late" if message.late_by else ""
    yield Step(
        "Received and stored", message.received_at, late, "warn" if late else "", ledger_id=row.id if row else None
    )
    tries = row.attempts if row else 1
    yield Step("Processed and shown", message.created_at, f"at try {tries}" if tries > 1 else "")


def _wait(message: Message) -> Wait | None:
    """The wait that this message opened or was part of."""
    found = sa.select(Wait).where(Wait.ticket_id == message.ticket_id, Wait.received_at <= message.received_at)
    found = found.where(sa.or_(Wait.ended_at.is_(None), Wait.ended_at >= message.received_at))
    return db.session.execute(found.order_by(Wait.id.desc()).limit(1)).scalar()


def _answered(wait: Wait) -> Step:
    if wait.outcome is None:
        return Step("Waits for an answer")
    if wait.outcome is not WaitOutcome.REPLIED:
        return Step(ENDED[wait.outcome], wait.ended_at, "", "warn")
    by = db.session.get(Agent, wait.replier_id) if wait.replier_id else None
    return Step("Answered", wait.ended_at, f"by {by.name}" if by else "from the platform's own app", "good")


# --- what we write --------------------------------------------------------------------------------------------


def _outbound(message: Message) -> Iterator[Step]:
    row = message.outbox
    if row is None:
        yield from _arrived(message)
    else:
        yield Step("Written", message.created_at, f"by {messages.author(message).name}")
        yield from _sent(row, message)
    yield from _receipts(message)


def _sent(row: Outbox, message: Message) -> Iterator[Step]:
    again = row.queued_at - message.created_at > SHORT
    before = [call for call in row.calls if again and call.started_at < row.queued_at]
    if not before:
        yield Step("Queued", row.queued_at)
    for call in before:
        yield _call(call)
    if before:
        yield Step("Queued again", row.queued_at, "as somebody wished" if row.detail == "" else row.detail)
    for call in row.calls[len(before) :]:
        yield _call(call)
    yield from _outcome(row, message)


def _call(call: OutboxAttempt) -> Step:
    tones = {AttemptResult.ACCEPTED: "good", AttemptResult.REFUSED: "warn", AttemptResult.UNKNOWN: "warn"}
    took = times.exact((call.ended_at - call.started_at).total_seconds()) if call.ended_at else ""
    said = " · ".join(filter(None, (f"{CAME_BACK[call.result]}{f' after {took}' if took else ''}", call.detail)))
    return Step(f"Try {call.n}", call.started_at, said, tones.get(call.result, "") if call.result else "")


def _outcome(row: Outbox, message: Message) -> Iterator[Step]:
    """What became of it where the last call alone does not say so."""
    last = row.calls[-1].result if row.calls else None
    reason = message.status_reason
    if row.state is OutboxState.SENT and last is not AttemptResult.ACCEPTED:
        channel = customers.channel_name(message.conversation.inbox)
        yield Step("Confirmed", row.settled_at, row.detail or f"{channel} told us that it has it", "good")
    elif row.state is OutboxState.FAILED:
        yield Step("Given up", row.settled_at, reason, "bad")
    elif row.state is OutboxState.CANCELLED:
        yield Step("Taken back", row.settled_at)
    elif row.state is OutboxState.REVIEW:
        yield Step("Somebody must decide", None, outbox.MAY_HAVE_ARRIVED, "warn")
    elif row.state is OutboxState.UNKNOWN:
        yield Step("Being checked", None, "until the platform's own word comes, for at most 90 seconds", "warn")
    elif row.state is OutboxState.QUEUED:
        yield Step("Next try", row.next_at, "" if row.calls else reason, is_ahead=True)


def _receipts(message: Message) -> Iterator[Step]:
    if message.delivered_at is not None:
        yield Step("Delivered", message.delivered_at, "", "good")
    if message.read_at is not None:
        yield Step("Read", message.read_at, "", "good")
    elif message.status in (MessageStatus.SENT, MessageStatus.DELIVERED):
        yield Step("Not read yet, as far as the platform tells")


def _gap(before: datetime | None, at: datetime | None) -> str:
    if before is None or at is None or at - before < SHORT:
        return ""
    return times.exact((at - before).total_seconds())
