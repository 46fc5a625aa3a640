"""Where a ticket stands in a view: the columns that it is sorted by, and its place as a text that sorts as they do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from helpdesk.domain.queue_views import View
from helpdesk.errors import Invalid
from helpdesk.models import Ticket

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
FAR = datetime(9999, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BIGGEST = 10**18 - 1

Sort = tuple[sa.ColumnElement[Any], bool]  # a column, and whether it goes down


def sorts(view: View) -> list[Sort]:
    """Columns and whether they go down."""
    newest = [cast(Sort, (Ticket.last_message_at, True)), cast(Sort, (Ticket.id, True))]
    return newest if view.first is None else [(sa.func.coalesce(getattr(Ticket, view.first), FAR), False), *newest]


def after(columns: list[Sort], cursor: str) -> sa.ColumnElement[bool]:
    values = _parse(cursor, len(columns))
    conditions = []
    for depth, (column, is_down) in enumerate(columns):
        same = [other == value for (other, _), value in zip(columns[:depth], values, strict=False)]
        conditions.append(sa.and_(*same, column < values[depth] if is_down else column > values[depth]))
    return sa.or_(*conditions)


def place(view: View, ticket: Ticket) -> str:
    """The cursor of a row, and its place as a text that sorts: what goes down is written as what is left to the end of
    all things. Whole microseconds: a float would round two rows into one."""
    parts = [f"{(FAR - ticket.last_message_at) // MICROSECOND:018d}", f"{BIGGEST - ticket.id:018d}"]
    if view.first is not None:
        parts.insert(0, f"{((getattr(ticket, view.first) or FAR) - BEGINNING) // MICROSECOND:018d}")
    return "-".join(parts)


def _parse(cursor: str, depth: int) -> list[object]:
    try:
        numbers = [int(part) for part in cursor.split("-")]
        if len(numbers) != depth:
            raise ValueError
        newest = FAR - numbers[-2] * MICROSECOND
        first = [BEGINNING + numbers[0] * MICROSECOND] if depth == 3 else []
        return [*first, newest, BIGGEST - numbers[-1]]
    except (ValueError, OverflowError):
        raise Invalid("This page of the queue is not there. Reload it.") from None
