"""Filters of the moment in an address: `is.tag=vip&is.inbox=2&is.unread=1&not.tag=spam`. They hold all together, and
stand beside what a search asks for in words of its own."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from helpdesk.domain.conditions.fields import FIELDS, Kind
from helpdesk.domain.conditions.tree import LONGEST_VALUE, MOST_CONDITIONS, MOST_VALUES, Condition, Group, Op

NAMES = {Op.IS: "is", Op.IS_NOT: "not"}
OPS = {name: op for op, name in NAMES.items()}


def from_query(given: Iterable[tuple[str, str]]) -> Group:
    """Of an address's names and values those that name a field. Empty values ask for nothing."""
    named: dict[tuple[str, Op], list[str]] = {}
    for name, value in given:
        how, _, field = name.partition(".")
        value = value.strip()[:LONGEST_VALUE]
        if how in OPS and field in FIELDS and value:
            named.setdefault((field, OPS[how]), []).append(value)
    return Group(items=tuple(_condition(*key, values) for key, values in list(named.items())[:MOST_CONDITIONS]))


def in_query(group: Group) -> str:
    """The same in an address, "" for none. Of a group only its own conditions: an address has no groups."""
    pairs = []
    for item in group.items:
        if isinstance(item, Condition):
            name = f"{NAMES[item.op]}.{item.field}"
            pairs += [(name, value) for value in item.values or ("1",)]
    return urlencode(pairs)


def _condition(field: str, op: Op, values: list[str]) -> Condition:
    if FIELDS[field].kind is Kind.FLAG:
        is_no = values[0] in ("0", "no")
        return Condition(field, Op.IS_NOT if is_no != (op is Op.IS_NOT) else Op.IS)
    return Condition(field, op, tuple(dict.fromkeys(values[:MOST_VALUES])))
