"""All that a page may say: which ticket it shows, and that somebody types there. No answer, no error, no write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from helpdesk import queue
from helpdesk.db import db
from helpdesk.domain import access
from helpdesk.errors import NotFound
from helpdesk.models import Agent
from helpdesk.realtime.presence import NOTE, REPLY
from helpdesk.realtime.rooms import Socket

if TYPE_CHECKING:
    from helpdesk.realtime.server import Live

TOLD_EVERY = 15  # seconds between two signs of typing to the customer

Handler = Callable[["Live", Socket, object], None]


def look(live: Live, socket: Socket, said: object) -> None:
    """`{ticket: 1042}`: the page shows it; `{ticket: null}`: it shows none."""
    number = _field(said, "ticket")
    live.look(socket, number if isinstance(number, int) and _may_see(socket, number) else None)


def typing(live: Live, socket: Socket, said: object) -> None:
    """`{ticket: 1042, as: "reply"}`, or `"note"`: said again while it lasts. The customer learns of replies only."""
    number, kind = _field(said, "ticket"), _field(said, "as")
    if not isinstance(number, int) or number != socket.ticket or kind not in (REPLY, NOTE):
        return
    live.typing(socket, number, str(kind))
    if kind == REPLY:
        _tell_customer(number)


# The whole table: another name is not heard.
EVENTS: dict[str, Handler] = {"look": look, "typing": typing}


def _field(said: object, name: str) -> object:
    value = said.get(name) if isinstance(said, dict) else None
    return None if isinstance(value, bool) else value


def _may_see(socket: Socket, number: int) -> bool:
    agent = db.session.get(Agent, socket.person.id)
    try:
        return agent is not None and access.ticket(number, by=agent) is not None
    except NotFound:
        return False


def _tell_customer(number: int) -> None:
    """Leaves the ticket for the workers, who ask the inbox whether it tells."""
    is_due = queue.attempt(lambda redis: redis.set(f"typing:told:{number}", 1, nx=True, ex=TOLD_EVERY))
    if is_due:
        queue.attempt(lambda redis: redis.sadd("typing:due", number))
        queue.ring("signs")
