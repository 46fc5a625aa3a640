"""What the panel beside a thread shows of the customer, for one viewer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import joinedload

from helpdesk.db import db
from helpdesk.domain import access, contact_details, contact_notes, contact_values, conversation_files, relations, tags
from helpdesk.domain.presentation import languages
from helpdesk.models import Agent, ContactNote, Conversation, Identity, Ticket

PAST = 20  # tickets


def panel(ticket: Ticket, agent: Agent) -> dict[str, Any]:
    """All but `permission`, which the composer asks for as well."""
    contact = ticket.conversation.identity.contact
    past = _past_tickets(contact.id, agent)
    notes = contact_notes.listing(contact)
    return {
        "agent": agent,
        "contact": contact,
        "past_tickets": past,
        "related": relations.of(ticket, by=agent),
        "conversations": list({each.conversation_id: each.conversation for each in past}.values()),
        "known": contact_values.known(contact),
        "contact_tags": contact_details.tags_of(contact),
        "all_tags": tags.words(),
        "notes": notes,
        "removable": _removable(notes, agent),
        "shown_files": conversation_files.page(ticket.conversation, by=agent),
        "languages": languages.NAMES,
        "zone": languages.zone(contact, ticket.conversation.identity),
    }


def _past_tickets(contact_id: int, agent: Agent) -> Sequence[Ticket]:
    """Of this person, as far as the viewer may see them, the newest first; with the threads and identities behind."""
    thread = joinedload(Ticket.conversation)
    found = (
        access.tickets(agent)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Identity.contact_id == contact_id, Ticket.merged_into_id.is_(None))
        .options(thread.joinedload(Conversation.identity).joinedload(Identity.inbox))
        .options(thread.joinedload(Conversation.identity).joinedload(Identity.contact))
        .options(thread.joinedload(Conversation.identity).selectinload(Identity.keys))
        .options(thread.joinedload(Conversation.inbox))
        .order_by(Ticket.id.desc())
        .limit(PAST)
    )
    return db.session.execute(found).scalars().all()


def _removable(notes: Sequence[ContactNote], agent: Agent) -> set[int]:
    return {note.id for note in notes if access.may_remove(note, by=agent)}
