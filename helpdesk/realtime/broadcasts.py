"""What an event changes on the open pages. Each function names pieces; `screens` makes of them the one thing that the
event's room is told, so that a page can count events without gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from helpdesk.domain import alerts, happenings
from helpdesk.domain.events import Happened
from helpdesk.realtime import announcer, pieces, streams
from helpdesk.realtime.announcer import Announcer
from helpdesk.realtime.pieces import Piece

Maker = Callable[[Happened], list[Piece]]


@dataclass(frozen=True)
class Screens:
    """The reaction that tells a room. The cursor reads it too, and draws the same pieces for a page that missed it."""

    makers: Sequence[Maker]

    def __call__(self, happened: Happened) -> None:
        """While no page is open nothing is drawn: that would take a third of the time in which a message is stored.
        A page reads what it missed after it was let in, and is let in after its process has begun to listen."""
        if not announcer.is_heard():
            return
        drawn = pieces.drawn(self.pieces(happened))
        emit(
            happened.room,
            {
                "room": happened.room,
                "seq": happened.seq,
                "prev": happened.prev,
                "streams": streams.as_json(drawn),
            },
        )

    def pieces(self, happened: Happened) -> list[Piece]:
        return [piece for make in self.makers for piece in make(happened)]


def init_app(app: Flask) -> None:
    app.extensions["announcer"] = Announcer()


def screens(*makers: Maker) -> Screens:
    """`screens(append_message, refresh_row)`: a line of `subscribers.REACTIONS`. Every kind of event needs one, if an
    empty one: the room's pages take a number that they never hear of for a loss."""
    return Screens(makers)


def emit(room: str, payload: dict[str, Any]) -> None:
    """Tells a room. Lost without a word while Redis is away."""
    current_app.extensions["announcer"].emit("stream", payload, room=room)


# --- makers ---------------------------------------------------------------------------------------------------


def append_message(happened: Happened) -> list[Piece]:
    """The message that came, at its place in the thread."""
    return _message(happened, is_new=True)


def replace_message(happened: Happened) -> list[Piece]:
    """The message that changed, where a page shows it."""
    return _message(happened, is_new=False)


def replace_quotes(happened: Happened) -> list[Piece]:
    """The answers that quote it: what was unsent must leave them too. Those of its own ticket only, since others may be
    for other eyes than this room's."""
    if happened.message_id is None:
        return []
    quoting = happenings.quoting(happened.message_id, ticket_id=happened.ticket_id)
    return [Piece("message", id, happened.ticket_id) for id in quoting]


def remove_message(happened: Happened) -> list[Piece]:
    """The message that is gone from the database; the event remembers its element."""
    return [Piece("gone", happened.data["element"], happened.ticket_id)]


def line(happened: Happened) -> list[Piece]:
    """A line about it in the thread. A copy is numbered right after its original, and is the same line: who hears both
    rooms gets it once."""
    return [Piece("line", happened.seq - happened.is_copy, happened.ticket_id)]


def refresh_row(happened: Happened) -> list[Piece]:
    return _ticket(happened, "row")


def refresh_header(happened: Happened) -> list[Piece]:
    return _ticket(happened, "header")


def refresh_panel(happened: Happened) -> list[Piece]:
    return _ticket(happened, "panel")


def reload(happened: Happened) -> list[Piece]:
    """The whole ticket, where it is open: more of it changed than a few pieces."""
    return _ticket(happened, "pane")


def refresh_contact(happened: Happened) -> list[Piece]:
    """What is known of the person, beside whichever of their tickets a page shows."""
    return _ticket(happened, "contact")


def alert(happened: Happened) -> list[Piece]:
    """Those whom it may concern ask whether it is to be told with a sound or a notification."""
    id = happened.ticket_id
    return [Piece("alert", f"{id} {audience}", id) for audience in alerts.audience(happened)]


def left(happened: Happened) -> list[Piece]:
    """The ticket left this room; some in it may still see it by another right. So each page asks, and learns it."""
    return _ticket(happened, "row") + _ticket(happened, "pane")


def _message(happened: Happened, *, is_new: bool) -> list[Piece]:
    if happened.message_id is None:
        return []
    return [Piece("message", happened.message_id, happened.ticket_id, is_new)]


def _ticket(happened: Happened, kind: pieces.Kind) -> list[Piece]:
    return [] if happened.ticket_id is None else [Piece(kind, happened.ticket_id, happened.ticket_id)]
