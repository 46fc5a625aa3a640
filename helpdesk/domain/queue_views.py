"""The queue's views: who is in each, and in what order. The built-in ones stand here; saved ones are made of data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

import sqlalchemy as sa

from helpdesk.domain import access, conditions, queue_places
from helpdesk.domain.conditions import Group
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import Agent, Category, SavedView, Ticket

NO_FILTERS = Group()


@dataclass(frozen=True)
class View:
    """`empty` is the sentence for nobody waiting here. What it holds stands in `condition`, or in `asks` as an address
    would ask for it: such a view can be saved with filters of one's own. `order` is one of `queue_places.ORDERS`.
    A view that is not counted does not tell how many it holds; one that holds closed tickets too is counted alone."""

    name: str
    title: str
    empty: str
    condition: Callable[[Agent], sa.ColumnElement[bool]] | None = None
    asks: str = ""
    order: str = "waiting"
    is_counted: bool = True
    holds_closed: bool = False
    is_quick: bool = False  # one click away; the others stand in the menu
    filters: Group = NO_FILTERS
    problems: tuple[str, ...] = ()  # what it asks for that is not there any more
    saved: SavedView | None = None

    def holds(self, agent: Agent) -> sa.ColumnElement[bool]:
        """The condition on `ticket` that it is in this view of theirs."""
        own = self.condition(agent) if self.condition else conditions.holds(self.group, agent)
        return sa.and_(own, conditions.holds(self.filters, agent)) if self.filters.items else own

    @property
    def group(self) -> Group:
        """Its own conditions, without the filters."""
        return conditions.from_query(parse_qsl(self.asks))

    def narrowed(self, filters: Group) -> View:
        """The same, of those tickets alone for which the filters hold too."""
        if not filters.items:
            return self
        problems = (*self.problems, *conditions.problems(filters))
        return replace(self, filters=filters, empty="Nothing here fits the filters.", problems=problems)


ACTIVE = "is.status=open&is.status=waiting"  # we or the customer owe something now

VIEWS = {
    view.name: view
    for view in (
        View(
            "mine",
            "Mine",
            "Nothing is assigned to you. Unassigned tickets wait one view further.",
            asks=f"is.assignee=me&{ACTIVE}",
            is_quick=True,
        ),
        View(
            "unassigned",
            "Unassigned",
            "Every open ticket has somebody who looks after it.",
            asks=f"is.assignee=nobody&{ACTIVE}",
            is_quick=True,
        ),
        View(
            "waiting",
            "Waiting",
            "No customer waits for an answer.",
            asks=f"is.waits=0&{ACTIVE}",
            is_quick=True,
        ),
        View(
            "window",
            "Window closing soon",
            "No reply window closes within three hours.",
            asks="is.closes=180&is.status=open",
            order="window",
        ),
        View(
            "mentions",
            "Mentions",
            "No note of an open ticket mentions you. Colleagues write @ and your name to call you.",
            asks=f"is.mentioned=1&{ACTIVE}&is.status=snoozed",
            order="newest",
        ),
        View(
            "team",
            "My teams",
            "Your teams have nothing to do.",
            asks=f"is.team=mine&{ACTIVE}",
        ),
        View(
            "requests",
            "Requests",
            "No stranger waits to be let in.",
            asks="is.status=request",
            order="opened",
        ),
        View(
            "snoozed",
            "Snoozed",
            "Nothing is put off. Snooze a ticket, and it waits here until its time.",
            asks="is.status=snoozed",
            order="snoozed",
        ),
        View(
            "failed",
            "Failed sends",
            "Everything that was sent has arrived, as far as the platforms tell.",
            asks="is.failed=1",
            order="newest",
            holds_closed=True,
        ),
        View(
            "all",
            "All",
            "No open tickets. New messages appear here by themselves.",
            lambda agent: Ticket.category != Category.CLOSED,
        ),
        View(
            "closed",
            "Closed",
            "No ticket has been closed yet.",
            asks="is.status=closed",
            order="newest",
            is_counted=False,
        ),
    )
}


def view(name: str, *, agent: Agent | None = None) -> View:
    """A built-in one by its name, a saved one that the agent sees by its key. Raises NotFound."""
    if name in VIEWS:
        return VIEWS[name]
    if agent is None or not is_key(name):
        raise NotFound("There is no such view.")
    return of_saved(access.saved_view(int(name[1:][:18]), by=agent))


def is_key(name: str) -> bool:
    """Is it how addresses name a saved view, one that is there or not?"""
    return name[:1] == "v" and name[1:].isascii() and name[1:].isdigit()


def of_saved(saved: SavedView) -> View:
    """What somebody saved, as far as it can be read: one that cannot holds nothing, and says why."""
    order = saved.sort if saved.sort in queue_places.ORDERS else "waiting"
    try:
        group = conditions.from_data(saved.conditions)
    except Invalid as problem:
        wrong = (problem.sentence,)
        return View(saved.key, saved.name, "", lambda agent: sa.false(), order=order, problems=wrong, saved=saved)
    return View(
        saved.key,
        saved.name,
        "No ticket is as this view asks for.",
        lambda agent: conditions.where(group, agent),
        order=order,
        is_counted=not conditions.may_hold_closed(group),
        problems=tuple(conditions.problems(group)),
        saved=saved,
    )
