"""What happened to a ticket, in words: the small lines between the messages of a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import AuthorKind, Event, EventKind, Ticket

Sentence = Callable[[Event], str]

_WITH_NAME = (AuthorKind.AGENT, AuthorKind.TOKEN)


def _by(event: Event) -> str:
    return f" by {event.actor_name}" if event.actor_kind in _WITH_NAME and event.actor_name else ""


def _assigned(event: Event) -> str:
    name = event.data.get("to_name")
    if not name:
        return f"Given back{_by(event)}: nobody has it now"
    took = event.actor_kind == AuthorKind.AGENT and event.actor_id == event.data.get("to")
    return f"{name} took this ticket" if took else f"Assigned to {name}{_by(event)}"


def _moved(event: Event) -> str:
    return f"Moved from {event.data['from_team']} to {event.data['to_team']}{_by(event)}"


def _planned(event: Event) -> str:
    return f"Message planned{_by(event)} for {event.data['at']} ({event.data['zone']})"


def _unplanned(event: Event) -> str:
    return f"Message planned for {event.data['at']} ({event.data['zone']}) cancelled{_by(event)}"


def _parked(event: Event) -> str:
    return f"Message planned for {event.data['at']} was not sent: {event.data['reason']}"


def _snoozed(event: Event) -> str:
    return f"Snoozed until {datetime.fromisoformat(event.data['until']):%d %B %Y, %H:%M} UTC{_by(event)}"


def _tagged(event: Event) -> str:
    return f"Tagged {', '.join(event.data['tags'])}{_by(event)}" if event.data["tags"] else f"Tags removed{_by(event)}"


def _split(event: Event) -> str:
    count = event.data["count"]
    words = "1 message" if count == 1 else f"{count} messages"
    if "to" in event.data:
        return f"{words} moved to {'the new ' if event.data['is_new'] else ''}ticket {event.data['to']}{_by(event)}"
    if event.data["is_new"]:
        return f"Split from ticket {event.data['source']}{_by(event)}"
    return f"{words} moved here from ticket {event.data['source']}{_by(event)}"


def _merged(event: Event) -> str:
    if "into" in event.data:
        return f"Merged into ticket {event.data['into']}{_by(event)}"
    return f"Ticket {event.data['merged']} merged into this one{_by(event)}"


def _unmerged(event: Event) -> str:
    if "into" in event.data:
        return f"Taken out of ticket {event.data['into']} again{_by(event)}"
    return f"Ticket {event.data['merged']} taken out again{_by(event)}"


# What stands in the thread as a line of its own. Kinds with "" change a message or the header, and are seen there.
SENTENCES: dict[EventKind, Sentence] = {
    EventKind.TICKET_OPENED: lambda event: "Ticket opened",
    EventKind.TICKET_REOPENED: lambda event: f"Reopened{_by(event)}",
    EventKind.TICKET_CLOSED: lambda event: f"Closed{_by(event)}",
    EventKind.TICKET_ASSIGNED: _assigned,
    EventKind.TICKET_LEFT: lambda event: "",
    EventKind.TICKET_ENTERED: _moved,
    EventKind.TICKET_WAITING: lambda event: f"Left to the customer{_by(event)}",
    EventKind.TICKET_SNOOZED: _snoozed,
    EventKind.TICKET_RESUMED: lambda event: f"Taken up again{_by(event)}",
    EventKind.TICKET_PRIORITISED: lambda event: f"Priority {event.data['priority']}{_by(event)}",
    EventKind.TICKET_TAGGED: _tagged,
    EventKind.TICKET_SPLIT: _split,
    EventKind.TICKET_MERGED: _merged,
    EventKind.TICKET_UNMERGED: _unmerged,
    EventKind.TICKET_LINKED: lambda event: f"Linked to ticket {event.data['other']}{_by(event)}",
    EventKind.TICKET_UNLINKED: lambda event: f"No longer linked to ticket {event.data['other']}{_by(event)}",
    EventKind.TICKET_NAMED: lambda event: f"Status “{event.data['name']}”{_by(event)}",
    EventKind.REQUEST_ACCEPTED: lambda event: f"Message request accepted{_by(event)}",
    EventKind.REQUEST_IGNORED: lambda event: f"Message request ignored{_by(event)}",
    EventKind.REQUEST_BLOCKED: lambda event: f"Blocked{_by(event)}: what they write is kept, and nobody is told",
    EventKind.REQUEST_UNBLOCKED: lambda event: f"No longer blocked{_by(event)}",
    EventKind.MESSAGE_RECEIVED: lambda event: "",
    EventKind.MESSAGE_ECHOED: lambda event: "",
    EventKind.MESSAGE_QUEUED: lambda event: "",
    EventKind.MESSAGE_SENDING: lambda event: "",
    EventKind.MESSAGE_SETTLED: lambda event: "",
    EventKind.MESSAGE_RECEIPT: lambda event: "",
    EventKind.MESSAGE_EDITED: lambda event: "",
    EventKind.MESSAGE_UNSENT: lambda event: "",
    EventKind.MESSAGE_REACTION: lambda event: "",
    EventKind.MESSAGE_MEDIA: lambda event: "",
    EventKind.MESSAGE_REMOVED: lambda event: "",
    EventKind.MESSAGE_PLANNED: _planned,
    EventKind.MESSAGE_UNPLANNED: _unplanned,
    EventKind.MESSAGE_PARKED: _parked,
    EventKind.MESSAGE_MOVED: lambda event: "",
    EventKind.MESSAGE_KEPT: lambda event: "",
    EventKind.MESSAGE_CLAIMED: lambda event: "",
    EventKind.NOTE_ADDED: lambda event: "",
    EventKind.AGENT_MENTIONED: lambda event: "",
    EventKind.CONTACT_CHANGED: lambda event: "",
    EventKind.CONTACT_DESCRIBED: lambda event: "",
    EventKind.CONTACT_ARRIVED: lambda event: event.data["sentence"],
}


@dataclass(frozen=True)
class Line:
    """One line of the thread. `dom_id` names its element."""

    dom_id: str
    at: datetime
    seq: int
    sentence: str


def line(event: Event) -> Line | None:
    """The event as a line; None when it is seen elsewhere."""
    sentence = SENTENCES[event.kind](event)
    return Line(f"event-{event.seq}", _shown_at(event), event.seq, sentence) if sentence else None


def _shown_at(event: Event) -> datetime:
    """Where it stands in the thread: above the message that caused it, else at its own time."""
    shown_at = event.data.get("shown_at")
    return datetime.fromisoformat(shown_at) if shown_at else event.at


def lines(ticket_ids: Sequence[int], *, since: datetime, until: datetime | None) -> list[Line]:
    """The lines of these tickets in a stretch of time (`until` exclusive), oldest first."""
    found = sa.select(Event).join(Ticket, Ticket.id == Event.ticket_id)
    found = found.where(Event.ticket_id.in_(ticket_ids), Event.is_copy.is_(False), Event.kind.in_(_LINES))
    found = found.where(Event.at >= since)
    if until is not None:
        found = found.where(Event.at < until)
    shown = (line(event) for event in db.session.execute(found.order_by(Event.seq)).scalars())
    return [one for one in shown if one is not None]


_LINES = (
    EventKind.TICKET_OPENED,
    EventKind.TICKET_REOPENED,
    EventKind.TICKET_CLOSED,
    EventKind.TICKET_ASSIGNED,
    EventKind.TICKET_ENTERED,
    EventKind.MESSAGE_PLANNED,
    EventKind.MESSAGE_UNPLANNED,
    EventKind.MESSAGE_PARKED,
    EventKind.TICKET_WAITING,
    EventKind.TICKET_SNOOZED,
    EventKind.TICKET_RESUMED,
    EventKind.TICKET_PRIORITISED,
    EventKind.TICKET_TAGGED,
    EventKind.TICKET_SPLIT,
    EventKind.TICKET_MERGED,
    EventKind.TICKET_UNMERGED,
    EventKind.TICKET_LINKED,
    EventKind.TICKET_UNLINKED,
    EventKind.TICKET_NAMED,
    EventKind.REQUEST_ACCEPTED,
    EventKind.REQUEST_IGNORED,
    EventKind.REQUEST_BLOCKED,
    EventKind.REQUEST_UNBLOCKED,
    EventKind.CONTACT_ARRIVED,
)
