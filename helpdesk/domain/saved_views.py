"""Saved views of the queue: who has which, and making, changing, ordering and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import access, conditions, queue_places
from helpdesk.domain.conditions import Group
from helpdesk.errors import Forbidden, Invalid
from helpdesk.models import Agent, Audience, SavedView
from helpdesk.text import clean_line

MOST = 100  # that one person may make
LONGEST_NAME = 60  # characters


@dataclass(frozen=True)
class Wish:
    """What a view shall be."""

    name: str
    audience: Audience
    team_id: int | None
    group: Group
    sort: str


def listing(agent: Agent) -> Sequence[SavedView]:
    """Those in their menu: their own, their teams', everyone's, each in their order."""
    rank = sa.case((SavedView.audience == Audience.PRIVATE, 0), (SavedView.audience == Audience.TEAM, 1), else_=2)
    found = access.saved_views(agent).order_by(rank, SavedView.team_id, SavedView.position, SavedView.id)
    return db.session.execute(found.options(joinedload(SavedView.team))).scalars().all()


def create(wish: Wish, *, by: Agent) -> SavedView:
    """Raises Invalid, and Forbidden for an audience that is not theirs to serve."""
    view = SavedView(agent_id=by.id, created_at=clock.now(), position=0)
    made = sa.select(sa.func.count()).select_from(SavedView).where(SavedView.agent_id == by.id)
    if db.session.execute(made).scalar_one() >= MOST:
        raise Invalid(f"You have made {MOST} views. Delete one of them first.")
    _fill(view, wish, by=by)
    db.session.add(view)
    db.session.flush()
    view.position = view.id
    return view


def change(view: SavedView, wish: Wish, *, by: Agent) -> None:
    """Raises Invalid and Forbidden."""
    _guard(view, by)
    _fill(view, wish, by=by)


def delete(view: SavedView, *, by: Agent) -> None:
    _guard(view, by)
    db.session.delete(view)


def move(view: SavedView, *, is_up: bool, by: Agent) -> None:
    """One place up or down among those of its audience; nothing at the end."""
    _guard(view, by)
    places = [one for one in listing(by) if (one.audience, one.team_id) == (view.audience, view.team_id)]
    others = [one for one in places if _may_change(one, by)]
    place = others.index(view) + (-1 if is_up else 1)
    if not 0 <= place < len(others):
        return
    view.position, others[place].position = others[place].position, view.position


def may_change(view: SavedView, *, by: Agent) -> bool:
    return _may_change(view, by)


def _guard(view: SavedView, by: Agent) -> None:
    if not _may_change(view, by):
        raise Forbidden("A team's views are changed by its leads, everyone's by owners. Save one of your own.")


def _may_change(view: SavedView, by: Agent) -> bool:
    return access.may_change_view(by, view.audience, view.team_id)


def _fill(view: SavedView, wish: Wish, *, by: Agent) -> None:
    name = clean_line(wish.name, LONGEST_NAME + 1)
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(f"A view has a name of 1 to {LONGEST_NAME} characters.")
    if wish.sort not in queue_places.ORDERS:
        raise Invalid("Choose what comes first.")
    team_id = wish.team_id if wish.audience is Audience.TEAM else None
    if wish.audience is Audience.TEAM and team_id is None:
        raise Invalid("Choose the team that the view is for.")
    if not access.may_change_view(by, wish.audience, team_id):
        raise Forbidden("Only a team's leads make views for it, and only owners make views for everyone.")
    wrong = conditions.problems(wish.group)
    if wrong:
        raise Invalid(" ".join(wrong))
    if team_id is not None:
        access.team(team_id, by=by)
    view.name, view.audience, view.team_id, view.sort = name, wish.audience, team_id, wish.sort
    view.conditions, view.changed_at = conditions.as_data(conditions.checked(wish.group)), clock.now()
