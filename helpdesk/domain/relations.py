"""Which tickets have to do with which: linked by hand, split off, following one another, merged."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import changed, db, insert_or_ignore
from helpdesk.domain import access, events, locks, merges
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.models import Agent, EventKind, Merge, Ticket, TicketLink


@dataclass(frozen=True)
class Relation:
    """`word` says what `ticket` is to the one that is looked at. `merge`: it can be undone, unless `hindrance`."""

    word: str
    ticket: Ticket
    is_link: bool = False
    merge: Merge | None = None
    hindrance: str = ""


def link(ticket: Ticket, other: Ticket, *, by: Agent) -> None:
    """Says that the two have to do with each other. Raises Invalid for one and the same."""
    locks.conversations((ticket.conversation_id, other.conversation_id))
    if ticket.id == other.id:
        raise Invalid("A ticket cannot be linked to itself.")
    pair = _pair(ticket, other)
    if changed(insert_or_ignore(TicketLink).values(**pair, created_at=clock.now())):
        _tell(EventKind.TICKET_LINKED, ticket, other, by=by)


def unlink(ticket: Ticket, other: Ticket, *, by: Agent) -> None:
    locks.conversations((ticket.conversation_id, other.conversation_id))
    pair = _pair(ticket, other)
    gone = sa.delete(TicketLink).where(
        TicketLink.ticket_id == pair["ticket_id"], TicketLink.other_id == pair["other_id"]
    )
    if changed(gone):
        _tell(EventKind.TICKET_UNLINKED, ticket, other, by=by)


def of(ticket: Ticket, *, by: Agent) -> list[Relation]:
    """All that this person may see, those by time first, then what was linked by hand."""
    is_linked = Ticket.id.in_(_linked(ticket))
    found = (
        access.tickets(by)
        .add_columns(is_linked.label("is_linked"))
        .where(sa.or_(Ticket.conversation_id == ticket.conversation_id, is_linked), Ticket.merged_into_id.is_(None))
    )
    others = db.session.execute(found.order_by(Ticket.id)).all()
    related = [Relation(word, one) for one, _ in others if (word := _word(ticket, one))]
    related += _merged(ticket)
    return related + [Relation("Linked", one, is_link=True) for one, linked in others if linked]


def _merged(ticket: Ticket) -> list[Relation]:
    """Whoever sees the survivor sees what became part of it. Only the last can be undone."""
    merged = merges.of(ticket)
    later = [f"after {went.number}" for _, went in merged]
    hindrances = [merges.hindrance(merged[0][0]), *later] if merged else []
    return [
        Relation("Merged into this one", went, merge=row, hindrance=hindrance)
        for (row, went), hindrance in zip(merged, hindrances, strict=False)
    ]


def _word(ticket: Ticket, other: Ticket) -> str:
    """What `other` is to `ticket`; "" when neither came of the other."""
    if ticket.follows_id == other.id:
        return "Comes after"
    if other.follows_id == ticket.id:
        return "Went on in"
    if ticket.split_from == other.id:
        return "Split from"
    return "Split off" if other.split_from == ticket.id else ""


def _linked(ticket: Ticket) -> sa.CompoundSelect[int]:
    """Ids of those that were linked to it by hand."""
    return sa.union_all(
        sa.select(TicketLink.other_id).where(TicketLink.ticket_id == ticket.id),
        sa.select(TicketLink.ticket_id).where(TicketLink.other_id == ticket.id),
    )


def _pair(ticket: Ticket, other: Ticket) -> dict[str, int]:
    first, second = sorted((ticket.id, other.id))
    return {"ticket_id": first, "other_id": second}


def _tell(kind: EventKind, ticket: Ticket, other: Ticket, *, by: Agent) -> None:
    events.record(kind, ticket, by=Actor.of(by), other=other.number)
    events.record(kind, other, by=Actor.of(by), other=ticket.number)
