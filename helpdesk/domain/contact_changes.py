"""Changing a person: all of their conversations are held, and every page that shows them is told."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import events, locks
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, NotFound
from helpdesk.models import Category, Contact, Conversation, EventKind, Identity, Ticket

MOST_TOLD = 20  # tickets of one person: who has more of them open at once sees the rest with their next look


def hold(*contacts: Contact) -> None:
    """Holds these people until commit. What was read of them before is read again. Raises NotFound when somebody has
    merged one of them into another meanwhile."""
    ids = {one.id for one in contacts}
    for _ in range(2):  # while one waits for the first ones, a merged person may have got further conversations
        locks.conversations(db.session.execute(sa.select(Conversation.id).where(_of(ids))).scalars())
    if len(db.session.execute(sa.select(Contact.id).where(Contact.id.in_(ids))).all()) < len(ids):
        raise NotFound("This person has just been merged with another one. Reload the page.")


def renamed(*contacts: Contact, by: Actor) -> None:
    """Rows, headers and panels show them differently: their unclosed tickets, and the newest one."""
    for place, ticket in enumerate(_tickets(_of(one.id for one in contacts))):
        if place == 0 or ticket.category is not Category.CLOSED:
            events.record(EventKind.CONTACT_CHANGED, ticket, by=by)


def identity_changed(identity: Identity, *, by: Actor) -> None:
    """The platform tells otherwise of them."""
    for place, ticket in enumerate(_tickets(Conversation.identity_id == identity.id)):
        if place == 0 or ticket.category is not Category.CLOSED:
            events.record(EventKind.CONTACT_CHANGED, ticket, by=by)


def moved(*identities: Identity, by: Actor) -> None:
    """They are another person from now on: whatever shows them is drawn anew, closed tickets as well."""
    for ticket in _tickets(Conversation.identity_id.in_([one.id for one in identities])):
        events.record(EventKind.CONTACT_CHANGED, ticket, by=by)


def described(contact: Contact, *, by: Actor, what: str) -> None:
    """Something more is known of them. Each room that has one of their tickets hears of it once."""
    told: set[tuple[int, int | None]] = set()
    for ticket in _tickets(_of([contact.id])):
        audience = (ticket.team_id, ticket.assignee_id)
        if audience not in told:
            told.add(audience)
            events.record(EventKind.CONTACT_DESCRIBED, ticket, by=by, what=what)


def refuse_stale(what: str, *, now: str, seen: str | None, wanted: str, by: str = "") -> None:
    """Whoever changes something says what they saw. Raises Conflict, with what stands there now, when somebody else
    has changed it since; `seen` None: they ask for no such care."""
    if seen is None or now in (seen, wanted):
        return
    who, value = by or "Somebody", f"“{now[:100]}”" if now else "nothing"
    raise Conflict(f"{who} has changed {what} to {value} meanwhile. Yours is not saved yet.", current=now)


def _of(contact_ids: Iterable[int]) -> sa.ColumnElement[bool]:
    return Conversation.identity_id.in_(sa.select(Identity.id).where(Identity.contact_id.in_(sorted(contact_ids))))


def _tickets(condition: sa.ColumnElement[bool]) -> list[Ticket]:
    """The newest first."""
    found = sa.select(Ticket).join(Conversation).where(condition).order_by(Ticket.id.desc()).limit(MOST_TOLD)
    return list(db.session.execute(found).scalars())
