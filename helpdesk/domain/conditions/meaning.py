"""What conditions mean: as SQL, as words on a chip, and what of them is not there any more."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from helpdesk.domain.conditions.fields import FIELDS, Field, Kind
from helpdesk.domain.conditions.query import in_query
from helpdesk.domain.conditions.tree import Condition, Group, Match, Op
from helpdesk.models import Agent, Category, Ticket

UNREADABLE = "A number of minutes is missing, from 0 to those of a year."


@dataclass(frozen=True)
class Chip:
    """One filter as the page shows it; `without` is the query of the address that lacks it."""

    title: str
    value: str
    without: str


def where(group: Group, agent: Agent) -> sa.ColumnElement[bool]:
    """The condition on `ticket`. Closed tickets are left out unless a condition speaks of the status. What is not there
    any more is found at no ticket."""
    found = holds(group, agent)
    return found if may_hold_closed(group) else sa.and_(Ticket.category != Category.CLOSED, found)


def may_hold_closed(group: Group) -> bool:
    return any(condition.field == "status" for condition in group.each())


def holds(item: Condition | Group, agent: Agent) -> sa.ColumnElement[bool]:
    """The condition on `ticket`, of closed ones as well."""
    if isinstance(item, Group):
        parts = [holds(one, agent) for one in item.items]
        if not parts:
            return sa.true()
        return sa.and_(*parts) if item.match is Match.ALL else sa.or_(*parts)
    found = _found(item, agent)
    return sa.not_(found) if item.op is Op.IS_NOT else found


def problems(group: Group) -> list[str]:
    """What of it is not there any more, a sentence each."""
    found = []
    for condition in group.each():
        field = FIELDS.get(condition.field)
        if field is None:
            found.append(f"There is no condition “{condition.field[:40]}”.")
        elif field.kind is Kind.MINUTES and not field.can_be(condition.values):
            found.append(f"{field.title}: {UNREADABLE}")
        elif field.kind is Kind.CHOICE:
            found += _gone(field, condition)
    return list(dict.fromkeys(found))


def chips(group: Group, agent: Agent, *, base: str) -> list[Chip]:
    """The conditions of the address, each with the way to be rid of it."""
    found = []
    for place, item in enumerate(group.items):
        if isinstance(item, Condition):
            others = Group(group.match, group.items[:place] + group.items[place + 1 :])
            title, value = words(item, agent)
            found.append(Chip(title, value, "&".join(filter(None, (base, in_query(others))))))
    return found


def words(condition: Condition, agent: Agent) -> tuple[str, str]:
    """A condition as title and value: ("Tag", "vip, wholesale"), ("Waits longer than", "2 h")."""
    field = FIELDS.get(condition.field)
    if field is None:
        return condition.field[:40], ""
    if field.kind is Kind.FLAG:
        return field.title, "no" if condition.op is Op.IS_NOT else ""
    if field.kind is Kind.MINUTES:
        return field.title, _duration(condition.values[0] if condition.values else "")
    labels = {option.value.lower(): option.label for option in field.options(agent)}
    named = ", ".join(labels.get(one.lower(), one if field.is_words else "another") for one in condition.values)
    return field.title, f"not {named}" if condition.op is Op.IS_NOT else named


def _found(condition: Condition, agent: Agent) -> sa.ColumnElement[bool]:
    field = FIELDS.get(condition.field)
    if field is None:
        return sa.false()
    values = field.can_be(condition.values)
    return field.holds(values, agent) if values or field.kind is Kind.FLAG else sa.false()


def _gone(field: Field, condition: Condition) -> list[str]:
    if not condition.values:
        return [f"{field.title}: nothing is chosen."]
    there = field.can_be(condition.values)
    gone = [one for one in condition.values if one not in there]
    if field.is_words:
        return [f"There is no tag “{one[:40]}” any more." for one in gone]
    return [f"{field.title}: {field.what} that was chosen is not there any more."] if gone else []


def _duration(minutes: str) -> str:
    if not (minutes.isascii() and minutes.isdigit()):
        return "?"
    number = int(minutes[:9])
    for length, word in ((1440, "d"), (60, "h")):
        if number and number % length == 0:
            return f"{number // length} {word}"
    return f"{number} min"
