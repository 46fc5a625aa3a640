"""One person who was known as two becomes one; one who was taken for another becomes their own again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import contact_changes
from helpdesk.domain.events import Actor, Viewer
from helpdesk.domain.search import index
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Contact, ContactField, ContactNote, ContactTag, ContactValue, Identity


def identities(contact: Contact) -> Sequence[Identity]:
    found = sa.select(Identity).where(Identity.contact_id == contact.id).order_by(Identity.id)
    return db.session.execute(found).scalars().all()


def merge(other: Contact, *, into: Contact, by: Viewer) -> None:
    """`other` was `into` all along: identities, notes, tags and fields are one person's from now on, and `other` is no
    more. A field that both have says what `into` says; what the other said becomes a note, so that nothing is lost.
    Raises Invalid for the same person twice, NotFound when somebody else has merged either meanwhile."""
    if other.id == into.id:
        raise Invalid("That is the same person already.")
    contact_changes.hold(other, into)
    moved = identities(other)
    _keep_what_is_lost(other, into, by)
    _take_over(other, into)
    for identity in moved:
        identity.contact = into
    for name in ("name", "language", "zone"):
        setattr(into, name, getattr(into, name) or getattr(other, name))
    into.created_at = min(into.created_at, other.created_at)
    db.session.flush()
    db.session.delete(other)
    _told(identities(into), by)


def part(identity: Identity, *, by: Viewer) -> Contact:
    """A person of their own again. What is known stays with the one they were taken for. Raises Conflict when they are
    alone already."""
    before = identity.contact_id
    contact_changes.hold(identity.contact)
    if identity.contact_id != before:
        raise Conflict("Somebody else has just changed who this is. Reload the page.")
    others = [one for one in identities(identity.contact) if one is not identity]
    if not others:
        raise Conflict("This person is known in one way only: there is nothing to part.")
    own = Contact(created_at=identity.created_at)
    db.session.add(own)
    db.session.flush()
    identity.contact = own
    db.session.flush()
    _told([identity, *others], by)
    return own


def _told(everybody: Sequence[Identity], by: Viewer) -> None:
    """The search and the pages: they may be called otherwise by now."""
    index.call(everybody)
    contact_changes.moved(*everybody, by=Actor.of(by))


def _keep_what_is_lost(other: Contact, into: Contact, by: Viewer) -> None:
    """As a note of the merged person: the other's name and values that do not fit beside those of the one who stays."""
    kept = _values(into)
    lost = [
        f"{value.field.name}: {value.value}"
        for field_id, value in _values(other).items()
        if value.value and field_id in kept and kept[field_id].value not in ("", value.value)
    ]
    if other.name and into.name not in ("", other.name):
        lost.insert(0, f"Name: {other.name}")
    if lost:
        text = "Before two contacts were merged, the other one had\n" + "\n".join(lost)
        db.session.add(ContactNote(contact_id=into.id, text=text, author_name=by.name, created_at=clock.now()))


def _take_over(other: Contact, into: Contact) -> None:
    kept, given = _values(into), _values(other)
    for field_id, value in given.items():
        if field_id in kept and not kept[field_id].value:
            kept[field_id].value, kept[field_id].changed_by = value.value, value.changed_by
        if field_id in kept:
            db.session.delete(value)
    db.session.flush()
    _move(ContactValue, other, into)
    _move(ContactNote, other, into)
    theirs = sa.select(ContactTag.tag_id).where(ContactTag.contact_id == into.id)
    db.session.execute(sa.delete(ContactTag).where(ContactTag.contact_id == other.id, ContactTag.tag_id.in_(theirs)))
    _move(ContactTag, other, into)


def _move(table: type[ContactValue | ContactNote | ContactTag], other: Contact, into: Contact) -> None:
    moved = sa.update(table).where(table.contact_id == other.id).values(contact_id=into.id)
    db.session.execute(moved, execution_options={"synchronize_session": False})
    db.session.expire_all()


def _values(contact: Contact) -> dict[int, ContactValue]:
    found = sa.select(ContactValue).join(ContactField).where(ContactValue.contact_id == contact.id)
    return {value.field_id: value for value in db.session.execute(found).scalars()}
