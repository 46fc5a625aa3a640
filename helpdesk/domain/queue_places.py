"""Where a ticket stands in a view: what views can be sorted by, and a place as a text that sorts as the view does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from helpdesk.errors import Invalid
from helpdesk.models import Conversation, Priority, Ticket

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BIGGEST = 10**18 - 1
RANKS = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}

Sort = tuple[sa.ColumnElement[Any], bool]  # a column, and whether it goes down


@dataclass(frozen=True)
class Order:
    """By a time or a rank of theirs, the least on top, those without a time at the end; then by their newest message,
    which is all there is when `column` is missing."""

    title: str
    column: Callable[[], sa.ColumnElement[Any]] | None = None
    value: Callable[[Ticket], datetime | int | None] = lambda ticket: None
    is_rank: bool = False


def _last_inbound() -> sa.ColumnElement[Any]:
    found = sa.select(Conversation.last_inbound_at).where(Conversation.id == Ticket.conversation_id)
    return found.correlate(Ticket).scalar_subquery()


def _rank() -> sa.ColumnElement[Any]:
    return sa.case(*((Ticket.priority == priority, rank) for priority, rank in RANKS.items()), else_=len(RANKS))


ORDERS = {
    "waiting": Order(
        "Longest wait first",
        lambda: cast(sa.ColumnElement[Any], Ticket.waiting_since),
        lambda ticket: ticket.waiting_since,
    ),
    "newest": Order("Newest message first"),
    "opened": Order(
        "Oldest ticket first", lambda: cast(sa.ColumnElement[Any], Ticket.opened_at), lambda ticket: ticket.opened_at
    ),
    "priority": Order("Most urgent first", _rank, lambda ticket: RANKS[ticket.priority], is_rank=True),
    "window": Order("Reply window closes first", _last_inbound, lambda ticket: ticket.conversation.last_inbound_at),
    "snoozed": Order(
        "Back from snooze first",
        lambda: cast(sa.ColumnElement[Any], Ticket.snoozed_until),
        lambda ticket: ticket.snoozed_until,
    ),
}


def sorts(order: str) -> list[Sort]:
    """Columns and whether they go down."""
    newest = [cast(Sort, (Ticket.last_message_at, True)), cast(Sort, (Ticket.id, True))]
    known = ORDERS[order]
    if known.column is None:
        return newest
    column = known.column()
    return [(column if known.is_rank else sa.func.coalesce(column, FAR), False), *newest]


def beyond(order: str, cursor: str, *, is_before: bool = False, is_inclusive: bool = False) -> sa.ColumnElement[bool]:
    """The condition that a ticket stands after the place, or before it. Raises Invalid for a place that is not ours."""
    columns = sorts(order)
    values = _parse(order, cursor)
    conditions = []
    for depth, (column, is_down) in enumerate(columns):
        same = [other == value for (other, _), value in zip(columns[:depth], values, strict=False)]
        conditions.append(sa.and_(*same, column < values[depth] if is_down != is_before else column > values[depth]))
    if is_inclusive:
        conditions.append(sa.and_(*(column == value for (column, _), value in zip(columns, values, strict=True))))
    return sa.or_(*conditions)


def place(order: str, ticket: Ticket) -> str:
    """The cursor of a row, and its place as a text that sorts: what goes down is written as what is left to the end of
    all things. Whole microseconds: a float would round two rows into one."""
    parts = [f"{(FAR - ticket.last_message_at) // MICROSECOND:018d}", f"{BIGGEST - ticket.id:018d}"]
    known = ORDERS[order]
    if known.column is not None:
        value = known.value(ticket)
        number = value if isinstance(value, int) else ((value or FAR) - BEGINNING) // MICROSECOND
        parts.insert(0, f"{number:018d}")
    return "-".join(parts)


def _parse(order: str, cursor: str) -> list[Any]:
    known = ORDERS[order]
    try:
        numbers = [int(part) for part in cursor.split("-")]
        if len(numbers) != (2 if known.column is None else 3):
            raise ValueError
        first = [] if known.column is None else [numbers[0] if known.is_rank else BEGINNING + numbers[0] * MICROSECOND]
        return [*first, FAR - numbers[-2] * MICROSECOND, BIGGEST - numbers[-1]]
    except (ValueError, OverflowError):
        raise Invalid("This page of the queue is not there. Reload it.") from None
