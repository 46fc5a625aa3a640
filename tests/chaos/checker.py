"""The invariants, asked of the database and of the platform's own record after the faults have ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import (
    Category,
    Conversation,
    Event,
    IdentityKey,
    Ledger,
    LedgerState,
    Message,
    MessageStatus,
    Outbox,
    OutboxState,
    Ticket,
)
from helpdesk.models import (
    Counter as CounterRow,
)

SHOWN = 5  # counterexamples of one kind


@dataclass(frozen=True)
class Violation:
    """`invariant` is one of I1 to I12, or the goal whose own figure was missed; `example` says what was found, in
    words."""

    invariant: str
    example: str

    def __str__(self) -> str:
        return f"{self.invariant} violated: {self.example}"


def everywhere() -> Iterator[Violation]:
    """What must hold on any desk, whatever was done to it."""
    yield from _once("I2", "webhook in the ledger", sa.select(Ledger.channel, Ledger.route, Ledger.sha256))
    yield from _once(
        "I2", "platform id", sa.select(Message.inbox_id, Message.platform_id).where(Message.platform_id.is_not(None))
    )
    yield from _once(
        "I4",
        "client id and part",
        sa.select(Message.conversation_id, Message.client_id, Message.part).where(Message.client_id.is_not(None)),
    )
    yield from _once("I4", "outbox row of a message", sa.select(Outbox.message_id))
    yield from _once("I10", "ticket number", sa.select(Ticket.number))
    yield from _once(
        "I10",
        "unclosed main ticket of a conversation",
        sa.select(Ticket.conversation_id).where(Ticket.category != Category.CLOSED, Ticket.split_from.is_(None)),
    )
    yield from _once("I2", "person of an inbox", sa.select(IdentityKey.inbox_id, IdentityKey.kind, IdentityKey.value))
    yield from _sent_without_proof()
    yield from _numbered()


def stored(accepted: Collection[str]) -> Iterator[Violation]:
    """I1: what was signed and answered 2xx is in the ledger."""
    known = set(db.session.execute(sa.select(Ledger.sha256)).scalars())
    for sha in sorted(set(accepted) - known)[:SHOWN]:
        yield Violation("I1", f"a webhook was answered 2xx and is not in the ledger: sha256 {sha}")


def worked_on() -> Iterator[Violation]:
    """I3: no row of the ledger is still to be worked on."""
    left = db.session.execute(sa.select(Ledger.id, Ledger.attempts).where(Ledger.state == LedgerState.NEW).limit(SHOWN))
    for row in left:
        yield Violation("I3", f"ledger row {row.id} is still open after {row.attempts} attempts")


def messages_are(expected: Mapping[str, str]) -> Iterator[Violation]:
    """I2: each platform id that was sent is one message with its text: {platform id: text}."""
    found = {row.platform_id: row.text for row in db.session.execute(sa.select(Message.platform_id, Message.text))}
    for mid in sorted(set(expected) - set(found))[:SHOWN]:
        yield Violation("I2", f"message {mid} was accepted and is nowhere")
    for mid in [one for one in expected if one in found and found[one] != expected[one]][:SHOWN]:
        yield Violation("I2", f"message {mid} says {found[mid]!r} instead of {expected[mid]!r}")


def quarantined(expected: int) -> Iterator[Violation]:
    """I3: what cannot be read is put aside with its reason, and nothing else is."""
    aside = sa.select(Ledger.id, Ledger.error).where(Ledger.state.in_((LedgerState.QUARANTINED, LedgerState.PARTLY)))
    rows = db.session.execute(aside).all()
    if len(rows) != expected:
        reasons = Counter(row.error for row in rows)
        rarest = sorted(rows, key=lambda row: reasons[row.error])
        yield Violation("I3", f"{len(rows)} rows are in quarantine instead of {expected}, e.g. {rarest[:2]}")
    for row in [one for one in rows if not one.error][:SHOWN]:
        yield Violation("I3", f"ledger row {row.id} is in quarantine without a reason")


def one_ticket_each(customers: Collection[str]) -> Iterator[Violation]:
    """I10: one conversation and one ticket for each customer who wrote."""
    for table, what in ((Conversation, "conversations"), (Ticket, "tickets")):
        count = db.session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        if count != len(customers):
            yield Violation("I10", f"{count} {what} for {len(customers)} customers")


def delivered_once(arrived: Sequence[str]) -> Iterator[Violation]:
    """I5: no text reached a phone twice. Texts are unique, and no person has asked for one to be sent again."""
    for text, times in [(text, times) for text, times in Counter(arrived).items() if times > 1][:SHOWN]:
        yield Violation("I5", f"{text!r} reached the customer {times} times")


def said_as_it_was(arrived: Collection[str], *, has_echo: bool) -> Iterator[Violation]:
    """I7: what we call sent has arrived; what we call failed has not; with echoes, what we do not know has not."""
    phones = set(arrived)
    for text, status in outbound():
        if status in (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ) and text not in phones:
            yield Violation("I7", f"{text!r} is called {status.value} and never arrived")
        if status is MessageStatus.FAILED and text in phones:
            yield Violation("I7", f"{text!r} is called failed and has arrived")
        if has_echo and status is MessageStatus.UNCERTAIN and text in phones:
            yield Violation("I7", f"{text!r} is called uncertain although its echo told that it arrived")


def outbound() -> list[tuple[str, MessageStatus]]:
    """(text, status) of everything that was to be sent."""
    found = sa.select(Message.text, Message.status).join(Outbox, Outbox.message_id == Message.id)
    return [(text, status) for text, status in db.session.execute(found.order_by(Outbox.id))]


def settled() -> Iterator[Violation]:
    """I6: nothing is on its way any more, once the faults have ended and everything has had its time."""
    open_states = (OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.CALLING, OutboxState.UNKNOWN)
    left = sa.select(Outbox.id, Outbox.state).where(Outbox.state.in_(open_states))
    for row in db.session.execute(left.limit(SHOWN)):
        yield Violation("I6", f"outbox row {row.id} is still {row.state.value}")


def _sent_without_proof() -> Iterator[Violation]:
    """I7: what was sent has the platform's id, or a person's word."""
    bare = (
        sa.select(Outbox.id)
        .join(Message)
        .where(
            Outbox.state == OutboxState.SENT, Message.platform_id.is_(None), Outbox.detail.not_like("confirmed by %")
        )
    )
    for id in db.session.execute(bare.limit(SHOWN)).scalars():
        yield Violation("I7", f"outbox row {id} is sent, without the platform's id")


def _numbered() -> Iterator[Violation]:
    """I9: events are numbered without gaps, over the desk and within each room."""
    rows = db.session.execute(sa.select(Event.seq, Event.prev, Event.room).order_by(Event.seq)).all()
    last = db.session.execute(sa.select(CounterRow.value).where(CounterRow.name == "event")).scalar_one()
    newest: dict[str, int] = {}
    for place, row in enumerate(rows, start=1):
        if row.seq != place:
            yield Violation("I9", f"event {place} is missing: the next one is {row.seq}")
            return
        if row.prev != newest.get(row.room, 0):
            yield Violation(
                "I9", f"event {row.seq} follows {row.prev} in {row.room} instead of {newest.get(row.room, 0)}"
            )
            return
        newest[row.room] = row.seq
    if last != len(rows):
        yield Violation("I9", f"the counter stands at {last}, and there are {len(rows)} events")


def _once(invariant: str, what: str, found: sa.Select[Any]) -> Iterator[Violation]:
    columns = list(found.selected_columns)
    doubled = found.group_by(*columns).having(sa.func.count() > 1).limit(SHOWN)
    for row in db.session.execute(doubled):
        yield Violation(invariant, f"{what} {tuple(row)} is there more than once")
