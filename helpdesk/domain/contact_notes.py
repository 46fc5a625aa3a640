"""What the team writes down about a person: several notes, each with who wrote it and when."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import contact_changes
from helpdesk.domain.events import Actor, Viewer
from helpdesk.errors import Invalid
from helpdesk.models import Agent, Contact, ContactNote
from helpdesk.text import clean_text

LIMIT = 4000  # characters
MOST = 200  # of one person


def listing(contact: Contact) -> Sequence[ContactNote]:
    """The newest on top."""
    found = sa.select(ContactNote).where(ContactNote.contact_id == contact.id).order_by(ContactNote.id.desc())
    return db.session.execute(found.limit(MOST)).scalars().all()


def newest(contacts: Sequence[Contact]) -> dict[int, str]:
    """The text of each one's newest note, by contact id."""
    last = sa.select(sa.func.max(ContactNote.id)).where(ContactNote.contact_id.in_([one.id for one in contacts]))
    found = sa.select(ContactNote.contact_id, ContactNote.text).where(
        ContactNote.id.in_(last.group_by(ContactNote.contact_id))
    )
    return dict(db.session.execute(found).all())


def add(contact: Contact, *, text: str, by: Viewer) -> ContactNote | None:
    """A further note, on top. One that says what the newest says is not written again: None. Raises Invalid."""
    contact_changes.hold(contact)
    text = _read(text)
    if newest([contact]).get(contact.id) == text:
        return None
    if db.session.execute(sa.select(sa.func.count()).where(ContactNote.contact_id == contact.id)).scalar_one() >= MOST:
        raise Invalid(f"There are {MOST} notes about this person. Delete some first.")
    is_agent = isinstance(by, Agent)
    note = ContactNote(
        contact_id=contact.id,
        text=text,
        agent_id=by.id if is_agent else None,
        token_id=None if is_agent else by.id,
        author_name=by.name,
        created_at=clock.now(),
    )
    db.session.add(note)
    contact_changes.described(contact, by=Actor.of(by), what="note")
    return note


def edit(note: ContactNote, *, text: str, by: Agent) -> None:
    """Raises Invalid."""
    contact_changes.hold(note.contact)
    text = _read(text)
    if note.text == text:
        return
    note.text, note.edited_at = text, clock.now()
    contact_changes.described(note.contact, by=Actor.of(by), what="note")


def remove(note: ContactNote, *, by: Agent) -> None:
    contact = note.contact
    contact_changes.hold(contact)
    db.session.delete(note)
    contact_changes.described(contact, by=Actor.of(by), what="note")


def _read(given: str) -> str:
    text = clean_text(given, LIMIT + 1).strip()
    if not text:
        raise Invalid("Write something first.")
    if len(text) > LIMIT:
        raise Invalid(f"A note has {LIMIT} characters at most.")
    return text
