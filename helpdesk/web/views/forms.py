"""The editor's form: a tree of conditions in flat fields, each named by its place in the tree.

`f.1.0` is the field of the first condition in the second part, a group whose match is `m.1`; `m.` is that of the whole.
`w.` repeats the field that was drawn: when another one was chosen since, the values are not of that field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import request
from werkzeug.datastructures import MultiDict

from helpdesk.domain.conditions import FIELDS, MOST_CONDITIONS, Condition, Group, Kind, Match, Op
from helpdesk.domain.saved_views import Wish
from helpdesk.errors import Invalid
from helpdesk.models import Audience

Path = tuple[int, ...]
UNITS = ((1440, "days"), (60, "hours"), (1, "minutes"))
NEW = Condition("status", Op.IS, ("open",))


@dataclass(frozen=True)
class ViewForm:
    """What was submitted; `do` is the button that changes the tree, "" for none: "add:1", "group:", "drop:1.0"."""

    wish: Wish
    do: str = ""

    @classmethod
    def submitted(cls) -> ViewForm:
        form = request.form
        audience, _, team = form.get("audience", "private").partition(":")
        if audience not in set(Audience) or (team and not _is_number(team)):
            raise Invalid("Choose for whom the view is.")
        group = tree(form)
        do = form.get("do", "")
        return cls(
            Wish(
                name=form.get("name", ""),
                audience=Audience(audience),
                team_id=int(team) if team else None,
                group=edited(group, do) if do else group,
                sort=form.get("sort", ""),
            ),
            do,
        )


def tree(form: MultiDict[str, str]) -> Group:
    """The conditions as the form has them. Raises Invalid for a form that is not ours, and for one too large."""
    fields = [_path(name) for name in form if name.startswith("f.")]
    groups = [_path(name) for name in form if name.startswith("m.")]
    if len(fields) + len(groups) > 2 * MOST_CONDITIONS:
        raise Invalid(f"A view has {MOST_CONDITIONS} conditions at most.")
    return _group(form, (), set(fields), set(groups))


def edited(group: Group, do: str) -> Group:
    """After a button of the tree was pressed. Nothing for a place that is not there."""
    what, _, place = do.partition(":")
    path = _path(f".{place}") if place else ()
    if what == "drop" and path:
        return _changed(group, path[:-1], lambda items: [*items[: path[-1]], *items[path[-1] + 1 :]])
    added: Condition | Group = Group(Match.ANY, (NEW,)) if what == "group" else NEW
    return _changed(group, path, lambda items: [*items, added]) if what in ("add", "group") else group


def _changed(group: Group, path: Path, change) -> Group:  # type: ignore[no-untyped-def]  # items → items
    if not path:
        return replace(group, items=tuple(change(list(group.items))))
    if path[0] >= len(group.items):
        return group
    inner = group.items[path[0]]
    if not isinstance(inner, Group):
        return group
    items = list(group.items)
    items[path[0]] = _changed(inner, path[1:], change)
    return replace(group, items=tuple(items))


def _group(form: MultiDict[str, str], path: Path, fields: set[Path], groups: set[Path]) -> Group:
    parts = sorted(one for one in fields | groups if len(one) == len(path) + 1 and one[:-1] == path)
    items = [_group(form, one, fields, groups) if one in groups else _condition(form, _named(one)) for one in parts]
    match = form.get(f"m.{_named(path)}", Match.ALL)
    return Group(Match.ANY if match == Match.ANY else Match.ALL, tuple(items))


def _condition(form: MultiDict[str, str], place: str) -> Condition:
    name = form.get(f"f.{place}", "")
    field = FIELDS.get(name)
    if field is None or form.get(f"w.{place}", name) != name:
        return Condition(name)
    op = Op.IS_NOT if form.get(f"o.{place}") == Op.IS_NOT else Op.IS
    values = [one.strip() for one in form.getlist(f"v.{place}") if one.strip()]
    if field.kind is Kind.FLAG:
        return Condition(name, op)
    if field.kind is Kind.MINUTES:
        return Condition(name, op, tuple(_minutes(values[:1], form.get(f"u.{place}", "1"))))
    return Condition(name, op, tuple(values))


def _minutes(values: Iterable[str], unit: str) -> list[str]:
    factor = int(unit) if unit in {str(length) for length, _ in UNITS} else 1
    return [str(int(one) * factor) if _is_number(one) else one for one in values]


def in_units(condition: Condition) -> tuple[str, int]:
    """Minutes as the form shows them: the number, and how many minutes its unit has."""
    given = condition.values[0] if condition.values else ""
    if not _is_number(given):
        return given, 60
    minutes = int(given)
    length = next((length for length, _ in UNITS if minutes and minutes % length == 0), 1)
    return str(minutes // length), length


def _path(name: str) -> Path:
    """ "f.1.0" → (1, 0). Raises Invalid."""
    parts = [part for part in name.partition(".")[2].split(".") if part]
    if not all(_is_number(part) for part in parts):
        raise Invalid("The form is not complete. Reload the page and try again.")
    return tuple(int(part) for part in parts)


def _named(path: Path) -> str:
    return ".".join(map(str, path))


def _is_number(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) <= 9
