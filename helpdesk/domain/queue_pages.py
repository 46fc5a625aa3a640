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
from helpdesk.domain.queue_views import VIEWS, View
from helpdesk.errors import Invalid
from helpdesk.models import Agent, Category, Conversation, Identity, Ticket

PAGE = 50
MAX_ROWS_ASKED = 200
MOST_COUNTED = 30  # saved views


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
    """`next` and `before` are places: ask for what comes `after` the one, or `before` the other. None at the ends."""

    rows: list[Row]
    next: str | None
    before: str | None = None


def page(
    view: View,
    *,
    agent: Agent,
    after: str | None = None,
    before: str | None = None,
    since: str | None = None,
    limit: int = PAGE,
) -> Page:
    """A page of the view: its first rows, those after a place, those just before it, or those from it on (`since`).
    Raises Invalid for a place that is not ours."""
    if before:
        return _page_before(view, before, agent=agent, limit=limit)
    found = _sorted(view, agent)
    place = after or since
    if place:
        found = found.where(queue_places.beyond(view.order, place, is_inclusive=not after))
    tickets = list(db.session.execute(found.limit(limit + 1)).scalars())
    rows = queue_rows.drawn(view, tickets[:limit], agent)
    return Page(rows, rows[-1].place if len(tickets) > limit else None, place if place and rows else None)


def _page_before(view: View, place: str, *, agent: Agent, limit: int) -> Page:
    found = _sorted(view, agent, is_reversed=True).where(queue_places.beyond(view.order, place, is_before=True))
    tickets = list(db.session.execute(found.limit(limit + 1)).scalars())
    rows = queue_rows.drawn(view, tickets[:limit][::-1], agent)
    return Page(rows, None, rows[0].place if len(tickets) > limit else None)


def _sorted(view: View, agent: Agent, *, is_reversed: bool = False) -> sa.Select[Ticket]:
    columns = queue_places.sorts(view.order)
    return _in_view(view, agent).order_by(
        *(column.desc() if is_down != is_reversed else column for column, is_down in columns)
    )


def rows(view: View, numbers: Sequence[int], *, agent: Agent) -> list[Row | Gone]:
    """These tickets as the view shows them now, each with its place, or as gone. Raises Invalid for too many."""
    if len(numbers) > MAX_ROWS_ASKED:
        raise Invalid(f"Ask for {MAX_ROWS_ASKED} rows at most.")
    found = _in_view(view, agent).where(Ticket.number.in_(numbers))
    there = {row.ticket.number: row for row in queue_rows.drawn(view, list(db.session.execute(found).scalars()), agent)}
    return [there.get(number, Gone(number)) for number in numbers]


def counts(agent: Agent, saved: Sequence[View] = ()) -> dict[str, int]:
    """How many tickets each counted view holds for this person: in one look at those that are not closed, and one at
    each view that holds closed ones too."""
    counted = [view for view in [*VIEWS.values(), *saved[:MOST_COUNTED]] if view.is_counted]
    together = [view for view in counted if not view.holds_closed]
    columns = [sa.func.count(sa.case((view.holds(agent), 1))) for view in together]
    found = sa.select(*columns).select_from(Ticket).where(access.visible(agent), Ticket.category != Category.CLOSED)
    known = dict(zip([view.name for view in together], db.session.execute(found).one(), strict=True))
    return known | {view.name: count(view, agent=agent) for view in counted if view.holds_closed}


def count(view: View, *, agent: Agent) -> int:
    found = sa.select(sa.func.count()).select_from(Ticket).where(access.visible(agent), view.holds(agent))
    return db.session.execute(found).scalar_one()


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
        .where(view.holds(agent))
        .options(
            joinedload(Ticket.conversation).joinedload(Conversation.identity).joinedload(Identity.contact),
            joinedload(Ticket.conversation).joinedload(Conversation.inbox),
            joinedload(Ticket.conversation).joinedload(Conversation.identity).selectinload(Identity.keys),
            joinedload(Ticket.assignee),
            joinedload(Ticket.team),
            selectinload(Ticket.tags),
        )
    )
