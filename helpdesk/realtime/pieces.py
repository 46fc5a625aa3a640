"""The pieces of a page that an event may change. What tells the open pages and what a page asks for later name the same
pieces, so that the two cannot part: each is drawn from today's rows, whenever it is drawn."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from helpdesk.db import db
from helpdesk.domain import happenings, thread
from helpdesk.models import Message
from helpdesk.realtime import streams
from helpdesk.realtime.streams import Stream

log = logging.getLogger(__name__)

Kind = Literal["message", "line", "row", "header", "panel", "contact", "pane", "gone", "alert"]


@dataclass(frozen=True)
class Piece:
    """`key` tells it from others of its kind: a message's or ticket's id, an event's number, an element's id; of an
    alert its ticket's id and whom it is for ("17 everybody"), since who may not see one ticket may see the next.
    `ticket_id` is the ticket by which one may see it."""

    kind: Kind
    key: int | str
    ticket_id: int | None
    is_new: bool = False  # of a message: did this event bring it?

    @property
    def place(self) -> tuple[str, int | str]:
        """What is drawn once, however often it changed."""
        return (self.kind, self.key)

    def merged(self, later: Piece) -> Piece:
        return replace(later, is_new=self.is_new or later.is_new)


def drawn(pieces: Iterable[Piece]) -> list[Stream]:
    """All that there is to show. One that cannot be drawn must not keep the others from a page, nor make it ask for
    them again for ever: it is logged and left out."""
    told = []
    for piece in pieces:
        try:
            stream = _draw(piece)
        except Exception:
            log.exception("a piece cannot be drawn", extra={"piece": f"{piece.kind} {piece.key}"})
            db.session.rollback()
            continue
        if stream is not None:
            told.append(stream)
    return told


def withdrawn(piece: Piece) -> list[Stream]:
    """What a page hears instead that may not see it (any more)."""
    match piece.kind:
        case "message":
            found = _message(piece.key)
            return [streams.remove(found.dom_id)] if found else []
        case "gone":
            return [streams.remove(str(piece.key))]
        case "row" | "pane":
            ticket = happenings.ticket(int(piece.key))
            return [streams.remove(f"row-{ticket.number}"), streams.pane(ticket)] if ticket else []
        case _:
            return []


def _draw(piece: Piece) -> Stream | None:
    """Today's state of it. None when there is nothing to show any more: another event has taken it away."""
    match piece.kind:
        case "message":
            found = _message(piece.key)
            return streams.message(found, is_new=piece.is_new) if found else None
        case "line":
            return _line(piece)
        case "gone":
            return streams.remove(str(piece.key))
        case "alert":
            return streams.alert(str(piece.key).partition(" ")[2])
        case "row" | "header" | "panel" | "contact" | "pane":
            ticket = happenings.ticket(int(piece.key))
            return _TICKET[piece.kind](ticket) if ticket else None


_TICKET = {
    "row": streams.row,
    "header": streams.header,
    "panel": streams.panel,
    "contact": streams.contact,
    "pane": streams.pane,
}


def _message(id: int | str) -> Message | None:
    return next(iter(thread.loaded([int(id)])), None)


def _line(piece: Piece) -> Stream | None:
    line, ticket = happenings.line(int(piece.key)), happenings.ticket(piece.ticket_id or 0)
    return streams.line(line, ticket) if line and ticket else None
