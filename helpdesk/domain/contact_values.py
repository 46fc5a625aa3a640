"""What the owner's fields say of one person: read as their kind is written, and kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import contact_changes
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.links import Link, segments
from helpdesk.models import Contact, ContactField, ContactValue, FieldKind
from helpdesk.text import clean_line

VALUE_LIMIT, LINK_LIMIT = 500, 2000  # characters
YES, NO = "yes", "no"
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,6})?")


@dataclass(frozen=True)
class Known:
    """A field and what it says of one person; "" for nothing."""

    field: ContactField
    value: str
    changed_by: str


def known(contact: Contact) -> list[Known]:
    """Every field in use and what it says of them, in one go."""
    theirs = sa.and_(ContactValue.field_id == ContactField.id, ContactValue.contact_id == contact.id)
    found = sa.select(ContactField, ContactValue).outerjoin(ContactValue, theirs)
    found = found.where(ContactField.removed_at.is_(None)).order_by(ContactField.position, ContactField.id)
    return [
        Known(field, value.value if value else "", value.changed_by if value else "")
        for field, value in db.session.execute(found)
    ]


def fill(contact: Contact, field: ContactField, *, given: str, seen: str | None, by: Actor) -> str:
    """What is known from now on, as it is kept; "" takes it away. Raises Invalid, and Conflict when it is not what they
    saw any more."""
    contact_changes.hold(contact)
    row = db.session.get(ContactValue, (contact.id, field.id))
    now = row.value if row else ""
    value = now if given.strip() == now else read(field, given)
    contact_changes.refuse_stale(field.name, now=now, seen=seen, wanted=value, by=row.changed_by if row else "")
    if value == now:
        return value
    if row is None:
        row = ContactValue(contact_id=contact.id, field_id=field.id)
        db.session.add(row)
    row.value, row.changed_at, row.changed_by = value, clock.now(), by.name
    contact_changes.described(contact, by=by, what=field.name)
    return value


def read(field: ContactField, given: str) -> str:
    """What somebody typed, as it is kept. Raises Invalid."""
    text = clean_line(given, LINK_LIMIT)
    if not text:
        return ""
    readers: dict[FieldKind, Callable[[str], str | None]] = {
        FieldKind.TEXT: lambda text: text if len(text) <= VALUE_LIMIT else None,
        FieldKind.NUMBER: _number,
        FieldKind.DATE: _date,
        FieldKind.CHOICE: lambda text: text if text in field.choices else None,
        FieldKind.YES_NO: lambda text: text if text in (YES, NO) else None,
        FieldKind.LINK: _link,
    }
    value = readers[field.kind](text)
    if value is None:
        raise Invalid(_REFUSALS[field.kind].format(name=field.name, given=text[:40]))
    return value


_REFUSALS = {
    FieldKind.TEXT: f"{{name}}: {VALUE_LIMIT} characters at most.",
    FieldKind.NUMBER: "{name}: “{given}” is not a number. Write it like 1250 or 12.5.",
    FieldKind.DATE: "{name}: “{given}” is not a date. Write it like 2027-03-14.",
    FieldKind.CHOICE: "{name}: “{given}” is not one of the choices.",
    FieldKind.YES_NO: "{name}: choose yes or no.",
    FieldKind.LINK: "{name}: “{given}” is not a link. It begins with https://",
}


def _number(text: str) -> str | None:
    """ "12,50" → "12.5": a comma is read as people on the continent write it, and there are no thousands' signs."""
    if not _NUMBER.fullmatch(text):
        return None
    return f"{Decimal(text.replace(',', '.')).normalize():f}"


def _date(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _link(text: str) -> str | None:
    """A whole web address and nothing else."""
    found = segments(text)
    is_link = len(found) == 1 and isinstance(found[0], Link) and text.lower().startswith(("http://", "https://"))
    return text if is_link else None
