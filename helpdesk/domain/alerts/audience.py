"""Whose pages are to ask whether there is something to tell, read off the event alone: it costs no query, and whether
an agent is told is decided when their page asks."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk.domain.events import Happened
from helpdesk.models import AuthorKind, EventKind

EVERYBODY = "everybody"  # of the room
UNASSIGNED = "unassigned"  # who wants to hear of tickets that nobody has


def audience(happened: Happened) -> list[str]:
    """Ids of agents, or one of the words above; empty when it is nothing to be told of."""
    match happened.kind:
        case EventKind.MESSAGE_RECEIVED:
            return [_holder(happened, "assignee") or UNASSIGNED]
        case EventKind.TICKET_ASSIGNED:
            return _others(happened, [_holder(happened, "to") or EVERYBODY])
        case EventKind.TICKET_ENTERED | EventKind.REQUEST_ACCEPTED:
            return [EVERYBODY]
        case EventKind.TICKET_RESUMED:
            return [_holder(happened, "assignee")] if happened.actor_kind == AuthorKind.SYSTEM else []
        case EventKind.NOTE_ADDED:
            return _others(happened, [_holder(happened, "assignee")])
        case EventKind.AGENT_MENTIONED:
            return _others(happened, [_holder(happened, "agent_id")])
        case _:
            return []


def _holder(happened: Happened, name: str) -> str:
    id = happened.data.get(name)
    return str(id) if id else ""


def _others(happened: Happened, names: Iterable[str]) -> list[str]:
    """Nobody is told of what they did themselves."""
    own = str(happened.actor_id) if happened.actor_kind == AuthorKind.AGENT else ""
    return [name for name in dict.fromkeys(names) if name and name != own]
