"""What is to be known of every person: the owner defines the fields, `contact_values` has what agents fill in."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import locks
from helpdesk.errors import Conflict, Invalid, NotFound
from helpdesk.models import ContactField, ContactValue, FieldKind
from helpdesk.text import clean_line, clean_text

MOST_FIELDS = 40
MOST_CHOICES = 60
NAME_LIMIT, HELP_LIMIT, CHOICE_LIMIT = 60, 200, 80  # characters


def listing() -> list[ContactField]:
    """Those in use, in their order; after them those that were taken out, the last one first."""
    rows = db.session.execute(sa.select(ContactField).order_by(ContactField.position, ContactField.id)).scalars().all()
    gone = sorted((row for row in rows if row.removed_at), key=lambda row: row.removed_at or row.created_at)
    return [row for row in rows if row.removed_at is None] + gone[::-1]


def add(*, name: str, kind: str, hint: str = "", choices: str = "") -> ContactField:
    """`choices`: one a line, of a choice. Raises Invalid, Conflict."""
    locks.alone("contact_field")
    living = [row for row in listing() if row.removed_at is None]
    if len(living) >= MOST_FIELDS:
        raise Invalid(f"There are {MOST_FIELDS} fields at most. Take one out of use first.")
    if kind not in set(FieldKind):
        raise Invalid("Choose what kind of thing it is.")
    field = ContactField(
        name=_free_name(name, living),
        kind=FieldKind(kind),
        help=clean_line(hint, HELP_LIMIT),
        choices=_choices(FieldKind(kind), choices),
        position=max((row.position for row in living), default=0) + 1,
        created_at=clock.now(),
    )
    db.session.add(field)
    db.session.flush()
    return field


def change(field: ContactField, *, name: str, hint: str, choices: str = "") -> None:
    """Its kind stays: values were written for it. A value that is no choice any more stays with whoever has it. Raises
    Invalid, Conflict."""
    locks.alone("contact_field")
    others = [row for row in listing() if row.removed_at is None and row is not field]
    field.name = _free_name(name, others)
    field.help, field.choices = clean_line(hint, HELP_LIMIT), _choices(field.kind, choices)


def move(field: ContactField, *, up: bool) -> None:
    """One place up or down."""
    locks.alone("contact_field")
    living = [row for row in listing() if row.removed_at is None]
    if field not in living:
        return
    at = living.index(field)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(living):
        return
    living[at], living[to] = living[to], living[at]
    for position, row in enumerate(living, start=1):
        row.position = position


def remove(field: ContactField) -> None:
    """Out of use. What is known by it is kept."""
    if field.removed_at is None:
        field.removed_at = clock.now()


def bring_back(field: ContactField) -> None:
    """Raises Conflict when another one has its name by now."""
    locks.alone("contact_field")
    if field.removed_at is None:
        return
    living = [row for row in listing() if row.removed_at is None]
    _free_name(field.name, living)
    field.removed_at, field.position = None, max((row.position for row in living), default=0) + 1


def by_id(id: int) -> ContactField:
    """One in use. Raises NotFound."""
    field = any_by_id(id)
    if field.removed_at is not None:
        raise NotFound("This field is not in use any more. Reload the page.")
    return field


def any_by_id(id: int) -> ContactField:
    field = db.session.get(ContactField, id)
    if field is None:
        raise NotFound
    return field


def usage() -> dict[int, int]:
    """Of how many people something is known, by the field's id."""
    found = sa.select(ContactValue.field_id, sa.func.count()).where(ContactValue.value != "")
    return dict(db.session.execute(found.group_by(ContactValue.field_id)).all())


def _free_name(given: str, others: Sequence[ContactField]) -> str:
    name = clean_line(given, NAME_LIMIT)
    if not name:
        raise Invalid("A field needs a name.")
    if any(row.name.casefold() == name.casefold() for row in others):
        raise Conflict(f"There is a field “{name}” already.")
    return name


def _choices(kind: FieldKind, given: str) -> list[str]:
    if kind is not FieldKind.CHOICE:
        return []
    lines = (clean_line(line, CHOICE_LIMIT) for line in clean_text(given).split("\n"))
    choices = list(dict.fromkeys(line for line in lines if line))
    if not 2 <= len(choices) <= MOST_CHOICES:
        raise Invalid(f"A choice has 2 to {MOST_CHOICES} answers, one a line.")
    return choices
