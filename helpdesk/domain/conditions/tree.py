"""Conditions as a tree, and as the data that a saved view keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from helpdesk.errors import Invalid

VERSION = 1
MOST_CONDITIONS = 30
MOST_VALUES = 50
DEEPEST = 3  # groups in groups
LONGEST_VALUE = 100  # characters

BROKEN = "This view was saved in a way that the desk cannot read. Make its conditions anew."


class Match(StrEnum):
    ALL = "all"
    ANY = "any"


class Op(StrEnum):
    IS = "is"
    IS_NOT = "is_not"


@dataclass(frozen=True)
class Condition:
    """A field of `fields.FIELDS` has one of these values, or none of them. What the values are, the field says."""

    field: str
    op: Op = Op.IS
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """All of its parts hold, or any of them; one without parts holds for every ticket."""

    match: Match = Match.ALL
    items: tuple[Condition | Group, ...] = ()

    def each(self) -> Iterator[Condition]:
        """Every condition in it, whatever group it is in."""
        for item in self.items:
            if isinstance(item, Group):
                yield from item.each()
            else:
                yield item


def as_data(group: Group) -> dict[str, Any]:
    """`{"version": 1, "match": "all", "items": [{"field": "tag", "op": "is", "values": ["vip"]}, {"match": …}]}`."""
    return {"version": VERSION, **_written(group)}


def from_data(data: object) -> Group:
    """Raises Invalid for what `as_data` does not write, and for more than a view may hold."""
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise Invalid(BROKEN)
    return checked(_group(data))


def checked(group: Group, *, depth: int = 1) -> Group:
    """The same one. Raises Invalid for more than a view may hold."""
    if depth == 1 and sum(1 for _ in group.each()) > MOST_CONDITIONS:
        raise Invalid(f"A view has {MOST_CONDITIONS} conditions at most.")
    if depth > DEEPEST:
        raise Invalid(f"Groups stand in each other {DEEPEST} deep at most.")
    for item in group.items:
        if isinstance(item, Group):
            checked(item, depth=depth + 1)
    return group


def _written(item: Condition | Group) -> dict[str, Any]:
    if isinstance(item, Group):
        return {"match": item.match.value, "items": [_written(one) for one in item.items]}
    return {"field": item.field, "op": item.op.value, "values": list(item.values)}


def _group(data: dict[str, Any], depth: int = 1) -> Group:
    items = data.get("items")
    if depth > DEEPEST or not isinstance(items, list) or len(items) > MOST_CONDITIONS:
        raise Invalid(BROKEN)
    return Group(_one_of(Match, data.get("match")), tuple(_item(one, depth) for one in items))


def _item(data: object, depth: int) -> Condition | Group:
    if not isinstance(data, dict):
        raise Invalid(BROKEN)
    if "items" in data:
        return _group(data, depth + 1)
    field, values = data.get("field"), data.get("values")
    if not isinstance(field, str) or not isinstance(values, list) or not _are_values(values):
        raise Invalid(BROKEN)
    return Condition(field, _one_of(Op, data.get("op")), tuple(values))


def _are_values(values: Sequence[object]) -> bool:
    return len(values) <= MOST_VALUES and all(isinstance(one, str) and len(one) <= LONGEST_VALUE for one in values)


def _one_of(kind: Any, value: object) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise Invalid(BROKEN) from None
