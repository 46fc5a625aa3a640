"""Reading what happened, for a room: whoever is in it may hear it. What a person may see of it, `access` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import timeline
from helpdesk.domain.events import Happened
from helpdesk.domain.timeline import Line
from helpdesk.models import Event, Message, Ticket


def newest(room: str, *, upto: int) -> int:
    """The room's newest event, 0 when it has none."""
    found = sa.select(sa.func.max(Event.seq)).where(Event.room == room, Event.seq <= upto)
    return db.session.execute(found).scalar() or 0


def missed(after: Mapping[str, int], *, upto: int, limit: int) -> list[Happened]:
    """What happened in these rooms, each after its number, in order; the first `limit`."""
    if not after:
        return []
    rooms = [sa.and_(Event.room == room, Event.seq > seq) for room, seq in sorted(after.items())]
    found = sa.select(Event).where(sa.or_(*rooms), Event.seq <= upto).order_by(Event.seq).limit(limit)
    return [_happened(row) for row in db.session.execute(found).scalars()]


def line(seq: int) -> Line | None:
    """The event as a line of the thread; None when it is none."""
    row = db.session.get(Event, seq)
    return timeline.line(row) if row else None


def ticket(id: int) -> Ticket | None:
    return db.session.get(Ticket, id)


def quoting(message_id: int, *, ticket_id: int | None) -> Sequence[int]:
    """The messages of this ticket that quote that one."""
    found = sa.select(Message.id).where(Message.ticket_id == ticket_id, Message.reply_to_id == message_id)
    return db.session.execute(found).scalars().all()


def _happened(row: Event) -> Happened:
    return Happened(**{field.name: getattr(row, field.name) for field in fields(Happened)})
