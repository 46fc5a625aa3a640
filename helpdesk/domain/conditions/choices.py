"""What can be chosen in a condition: the options that a person is offered, and the values that there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import current_app

from helpdesk.db import db
from helpdesk.domain import access
from helpdesk.models import Agent, Category, Inbox, Priority, Tag, Team

MOST_OPTIONS = 300


@dataclass(frozen=True)
class Option:
    value: str
    label: str


def among(options: Sequence[Option]) -> Callable[[Sequence[str]], set[str]]:
    return lambda values: {option.value for option in options}


def ids(values: Sequence[str]) -> list[int]:
    return [int(one) for one in values if one.isascii() and one.isdigit() and len(one) <= 18]


def rows(model: type[Agent] | type[Team] | type[Inbox], *extra: str) -> Callable[[Sequence[str]], set[str]]:
    """Those of the ids that are in the table, and the words that are always known."""

    def known(values: Sequence[str]) -> set[str]:
        asked = ids(values)
        found = db.session.execute(sa.select(model.id).where(model.id.in_(asked))).scalars() if asked else ()
        return {*extra, *(str(id) for id in found)}

    return known


def known_tags(values: Sequence[str]) -> set[str]:
    lowered = [one.lower() for one in values]
    name = sa.func.lower(Tag.name)
    return set(db.session.execute(sa.select(name).where(name.in_(lowered))).scalars())


def known_channels(values: Sequence[str]) -> set[str]:
    return set(current_app.extensions["channels"])


STATUSES = (
    Option(Category.OPEN, "Open"),
    Option(Category.WAITING, "Customer's turn"),
    Option(Category.SNOOZED, "Snoozed"),
    Option(Category.REQUEST, "Request"),
    Option(Category.CLOSED, "Closed"),
)
PRIORITIES = tuple(Option(one, one.value.capitalize()) for one in reversed(Priority))
WRITERS = (Option("customer", "The customer"), Option("us", "One of us"), Option("app", "Somebody in the app"))
ME, NOBODY, MINE = Option("me", "Me"), Option("nobody", "Nobody"), Option("mine", "My teams")


def people(agent: Agent) -> list[Option]:
    found = sa.select(Agent.id, Agent.name).where(Agent.is_active).order_by(Agent.name).limit(MOST_OPTIONS)
    return [ME, NOBODY, *(Option(str(id), name) for id, name in db.session.execute(found))]


def teams(agent: Agent) -> list[Option]:
    return [MINE, *(Option(str(team.id), team.name) for team in access.teams(agent))]


def inboxes(agent: Agent) -> list[Option]:
    return [Option(str(inbox.id), inbox.name) for inbox in access.inboxes(agent)]


def channels(agent: Agent) -> list[Option]:
    return [Option(kind, channel.name) for kind, channel in sorted(current_app.extensions["channels"].items())]


def tags(agent: Agent) -> list[Option]:
    names = db.session.execute(
        access.tags(agent).with_only_columns(Tag.name).distinct().order_by(Tag.name).limit(MOST_OPTIONS)
    ).scalars()
    return [Option(name, name) for name in names]
