"""The queue: pages of a view over the tickets that a person sees, cut by keyset; rows asked for by number; counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk.db import UtcDateTime, db
from helpdesk.domain import access, queue_places, queue_rows
from helpdesk.domain.queue_rows import Row
from helpdesk.domain.queue_views import VIEWS, View, has_failed
from helpdesk.errors import Invalid
from helpdesk.models import Agent, Category, Conversation, Identity, Ticket

PAGE = 50
MAX_ROWS_ASKED = 200


@dataclass(frozen=True)
class Gone:
    """A number that is not in the view (any more), or not theirs to see."""

    number: int


@dataclass(frozen=True)
class PutOff:
    """How many tickets are snoozed, and when the first of them comes back."""

    number: int
    until: datetime


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: str | None  # ask for it as `after`


def page(view: View, *, agent: Agent, after: str | None = None, limit: int = PAGE) -> Page:
    """A page of the view that begins after the cursor. Raises Invalid for a cursor that is not ours."""
    sorts = queue_places.sorts(view)
    found = _in_view(view, agent).order_by(*(column.desc() if is_down else column for column, is_down in sorts))
    if after:
        found = found.where(queue_places.after(sorts, after))
    tickets = list(db.session.execute(found.limit(limit + 1)).scalars())
    rows = queue_rows.drawn(view, tickets[:limit], agent)
    return Page(rows, rows[-1].place if len(tickets) > limit else None)


def rows(view: View, numbers: Sequence[int], *, agent: Agent) -> list[Row | Gone]:
    """These tickets as the view shows them now, each with its place, or as gone. Raises Invalid for too many."""
    if len(numbers) > MAX_ROWS_ASKED:
        raise Invalid(f"Ask for {MAX_ROWS_ASKED} rows at most.")
    found = _in_view(view, agent).where(Ticket.number.in_(numbers))
    there = {row.ticket.number: row for row in queue_rows.drawn(view, list(db.session.execute(found).scalars()), agent)}
    return [there.get(number, Gone(number)) for number in numbers]


def counts(agent: Agent) -> dict[str, int]:
    """How many tickets each counted view holds for this person: in one look at those that are not closed, and one at
    those of which something failed."""
    counted = [view for view in VIEWS.values() if view.is_counted and view.name != "failed"]
    columns = [sa.func.count(sa.case((view.condition(agent), 1))) for view in counted]
    found = sa.select(*columns).select_from(Ticket).where(access.visible(agent), Ticket.category != Category.CLOSED)
    failed = sa.select(sa.func.count()).select_from(Ticket).where(access.visible(agent), has_failed())
    known = dict(zip([view.name for view in counted], db.session.execute(found).one(), strict=True))
    return known | {"failed": db.session.execute(failed).scalar_one()}


def put_off(agent: Agent) -> PutOff | None:
    """What is snoozed, of all that this person sees; None when nothing is."""
    columns = sa.func.count(), sa.func.min(Ticket.snoozed_until, type_=UtcDateTime())
    number, until = db.session.execute(
        sa.select(*columns).where(access.visible(agent), Ticket.category == Category.SNOOZED)
    ).one()
    return PutOff(number, until) if until else None


def _in_view(view: View, agent: Agent) -> sa.Select[Ticket]:
    return (
        access.tickets(agent)
        .where(view.condition(agent))
        .options(
            joinedload(Ticket.conversation).joinedload(Conversation.identity).joinedload(Identity.contact),
            joinedload(Ticket.conversation).joinedload(Conversation.inbox),
            joinedload(Ticket.conversation).joinedload(Conversation.identity).selectinload(Identity.keys),
            joinedload(Ticket.assignee),
            joinedload(Ticket.team),
            selectinload(Ticket.tags),
        )
    )
