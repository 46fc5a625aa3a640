"""The queue's built-in views: who is in each, and in what order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from helpdesk.errors import NotFound
from helpdesk.models import Agent, Category, Membership, Message, MessageStatus, Ticket


@dataclass(frozen=True)
class View:
    """`empty` is the sentence for nobody waiting here. Tickets come by the time in `first`, a column of theirs, the
    earliest on top and those without it at the end, then by their newest message. A view that is not counted does not
    tell how many it holds."""

    name: str
    title: str
    empty: str
    condition: Callable[[Agent], sa.ColumnElement[bool]]
    first: str | None = "waiting_since"
    is_counted: bool = True
    is_quick: bool = False  # one click away; the others stand in the menu


def _is_active() -> sa.ColumnElement[bool]:
    """We or the customer owe something now."""
    return Ticket.category.in_((Category.OPEN, Category.WAITING))


def _is_of_teams(agent: Agent) -> sa.ColumnElement[bool]:
    return Ticket.team_id.in_(sa.select(Membership.team_id).where(Membership.agent_id == agent.id))


def has_failed() -> sa.ColumnElement[bool]:
    """A message of ours did not go out, or nobody knows."""
    failed = Message.status.in_((MessageStatus.FAILED, MessageStatus.UNCERTAIN))
    return Ticket.id.in_(sa.select(Message.ticket_id).where(failed, Message.ticket_id.is_not(None)))


VIEWS = {
    view.name: view
    for view in (
        View(
            "mine",
            "Mine",
            "Nothing is assigned to you. Unassigned tickets wait one view further.",
            lambda agent: sa.and_(Ticket.assignee_id == agent.id, _is_active()),
            is_quick=True,
        ),
        View(
            "unassigned",
            "Unassigned",
            "Every open ticket has somebody who looks after it.",
            lambda agent: sa.and_(Ticket.assignee_id.is_(None), _is_active()),
            is_quick=True,
        ),
        View(
            "waiting",
            "Waiting",
            "No customer waits for an answer.",
            lambda agent: sa.and_(Ticket.waiting_since.is_not(None), _is_active()),
            is_quick=True,
        ),
        View(
            "team",
            "My teams",
            "Your teams have nothing to do.",
            lambda agent: sa.and_(_is_of_teams(agent), _is_active()),
        ),
        View(
            "requests",
            "Requests",
            "No stranger waits to be let in.",
            lambda agent: Ticket.category == Category.REQUEST,
            first="opened_at",
        ),
        View(
            "snoozed",
            "Snoozed",
            "Nothing is put off. Snooze a ticket, and it waits here until its time.",
            lambda agent: Ticket.category == Category.SNOOZED,
            first="snoozed_until",
        ),
        View(
            "failed",
            "Failed sends",
            "Everything that was sent has arrived, as far as the platforms tell.",
            lambda agent: has_failed(),
            first=None,
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
            lambda agent: Ticket.category == Category.CLOSED,
            first=None,
            is_counted=False,
        ),
    )
}


def view(name: str) -> View:
    """Raises NotFound."""
    if name not in VIEWS:
        raise NotFound("There is no such view.")
    return VIEWS[name]
