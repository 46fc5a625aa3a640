"""What an agent says of a person: their language, the zone they live in, their tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from helpdesk import walltime
from helpdesk.db import changed, db, insert_or_ignore
from helpdesk.domain import contact_changes, contacts, tags
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.models import Contact, ContactTag, Tag
from helpdesk.text import clean_line

MOST_TAGS, TAG_LIMIT = 20, 40  # tags, characters
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")


def speak(contact: Contact, *, language: str, by: Actor, seen: str | None = None) -> str:
    """The language they write in, as BCP 47 has it ("de", "pt-BR"). Raises Invalid, Conflict."""
    return _describe(contact, "language", _language(language), by, seen)


def live(contact: Contact, *, zone: str, by: Actor, seen: str | None = None) -> str:
    """The zone of their wall clock ("Europe/Berlin"). Raises Invalid, Conflict."""
    name = clean_line(zone)
    if name:
        walltime.zone(name)
    return _describe(contact, "zone", name, by, seen)


# What the panel may change by its name.
CHANGES: dict[str, Callable[[Contact, str, str | None, Actor], str]] = {
    "name": lambda contact, given, seen, by: contacts.rename(contact, name=given, seen=seen, by=by),
    "language": lambda contact, given, seen, by: speak(contact, language=given, seen=seen, by=by),
    "zone": lambda contact, given, seen, by: live(contact, zone=given, seen=seen, by=by),
}


def tags_of(contact: Contact) -> Sequence[Tag]:
    theirs = sa.select(ContactTag.tag_id).where(ContactTag.contact_id == contact.id)
    return (
        db.session.execute(sa.select(Tag).where(Tag.id.in_(theirs)).order_by(sa.func.lower(Tag.name))).scalars().all()
    )


def tag(contact: Contact, *, name: str, by: Actor) -> None:
    """One more; a new word is made. Raises Invalid."""
    contact_changes.hold(contact)
    name = clean_line(name)
    if not 0 < len(name) <= TAG_LIMIT:
        raise Invalid(f"A tag has 1 to {TAG_LIMIT} characters.")
    there = tags_of(contact)
    if any(one.name.lower() == name.lower() for one in there):
        return
    if len(there) >= MOST_TAGS:
        raise Invalid(f"A person has {MOST_TAGS} tags at most.")
    db.session.execute(insert_or_ignore(ContactTag).values(contact_id=contact.id, tag_id=tags.named(name).id))
    contact_changes.described(contact, by=by, what="tags")


def untag(contact: Contact, *, name: str, by: Actor) -> None:
    contact_changes.hold(contact)
    named = sa.select(Tag.id).where(sa.func.lower(Tag.name) == clean_line(name).lower())
    if changed(sa.delete(ContactTag).where(ContactTag.contact_id == contact.id, ContactTag.tag_id.in_(named))):
        contact_changes.described(contact, by=by, what="tags")


def _describe(contact: Contact, what: str, value: str, by: Actor, seen: str | None) -> str:
    contact_changes.hold(contact)
    now: str = getattr(contact, what)
    contact_changes.refuse_stale(f"the {what}", now=now, seen=seen, wanted=value)
    if now != value:
        setattr(contact, what, value)
        contact_changes.described(contact, by=by, what=what)
    return value


def _language(given: str) -> str:
    text = clean_line(given, 20)
    if text and not _LANGUAGE.fullmatch(text):
        raise Invalid("That is no language. Write its short name, like de, en or pt-BR.")
    main, *parts = text.replace("_", "-").split("-")
    return "-".join([main.lower(), *(part.upper() if len(part) == 2 else part.title() for part in parts)])
