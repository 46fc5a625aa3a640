"""The cursor: what a page missed, drawn from today's rows. The socket is only faster; this makes a page right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import access, events, happenings
from helpdesk.domain.events import Happened
from helpdesk.errors import HelpdeskError
from helpdesk.models import Agent, Ticket
from helpdesk.realtime import pieces
from helpdesk.realtime.broadcasts import Screens
from helpdesk.realtime.pieces import Piece
from helpdesk.realtime.streams import Stream

MOST_PIECES = 300  # of a page: beyond that loading it anew is cheaper
MOST_EVENTS = 3000
OLDEST = timedelta(days=7)


class TooFar(HelpdeskError):
    """The page is too far behind, or comes from another database: it must load itself anew."""

    status = 410

    def __init__(self) -> None:
        super().__init__("This page is too old to be brought up to date. Load it again.")


@dataclass(frozen=True)
class Position:
    """How far the desk is, for one agent. `mark` changes whenever there is something new for them, or other rooms."""

    upto: int
    rooms: frozenset[str]
    newest: int

    @property
    def mark(self) -> str:
        heard = hashlib.sha256(" ".join(sorted(self.rooms)).encode()).hexdigest()[:12]
        return f"{self.newest}-{heard}"


@dataclass(frozen=True)
class Changes:
    upto: int
    rooms: frozenset[str]
    streams: Sequence[Stream]


def position(agent: Agent) -> Position:
    """Read before any row that it should cover."""
    upto, rooms = events.upto(), access.rooms(agent)
    newest = max((happenings.newest(room, upto=upto) for room in rooms), default=0)
    return Position(upto, frozenset(rooms), newest)


def since(agent: Agent, n: int, *, at: Position, heard: Mapping[str, int] | None = None) -> Changes:
    """What changed for this agent after event `n` and up to `at`. `heard` spares what the page knows already: room →
    event up to which it has heard every one of that room. Raises TooFar."""
    heard = heard or {}
    if max([n, *heard.values()]) > at.upto:
        raise TooFar
    happened = _missed(n, at, heard)
    touched = _pieces(happened)
    if len(touched) > MOST_PIECES:
        raise TooFar
    return Changes(at.upto, at.rooms, _drawn(touched, _seen(agent, touched)))


def _missed(n: int, at: Position, heard: Mapping[str, int]) -> list[Happened]:
    after = {room: max(n, heard.get(room, 0)) for room in at.rooms}
    happened = happenings.missed(after, upto=at.upto, limit=MOST_EVENTS + 1)
    if len(happened) > MOST_EVENTS or (happened and happened[0].at < clock.now() - OLDEST):
        raise TooFar
    return happened


def _pieces(happened: Iterable[Happened]) -> list[Piece]:
    """Each once, in the order of their last change."""
    touched: dict[tuple[str, int | str], Piece] = {}
    for one in happened:
        for piece in _told(one):
            earlier = touched.pop(piece.place, piece)
            touched[piece.place] = earlier.merged(piece)
    return list(touched.values())


def _told(happened: Happened) -> list[Piece]:
    reactions = events.reactions.get(happened.kind, ())
    return [piece for told in reactions if isinstance(told, Screens) for piece in told.pieces(happened)]


def _seen(agent: Agent, touched: Iterable[Piece]) -> set[int]:
    """Those of their tickets that this agent may see today."""
    ids = {piece.ticket_id for piece in touched if piece.ticket_id is not None}
    visible = access.tickets(agent).where(Ticket.id.in_(ids)).with_only_columns(Ticket.id)
    return set(db.session.execute(visible).scalars()) if ids else set()


def _drawn(touched: Iterable[Piece], seen: set[int]) -> list[Stream]:
    told: list[Stream] = []
    for piece in touched:
        told += pieces.drawn([piece]) if piece.ticket_id in seen else pieces.withdrawn(piece)
    return list(dict.fromkeys(told))  # a ticket that left is withdrawn by its row and by its pane
