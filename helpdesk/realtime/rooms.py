"""The open sockets of this process: whose they are, and which rooms they may hear, now and a few seconds from now."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import access
from helpdesk.models import Agent, Session, Ticket
from helpdesk.realtime.presence import Person

MOST_SOCKETS = 20  # of one agent: as many windows as anybody has
MOST_EVENTS, EVENTS_IN = 50, 10.0  # from one page, in that many seconds


@dataclass
class Socket:
    """One connection. `sid` is its name in the rooms, once it has joined them; `ticket` is what its page shows."""

    eio_sid: str
    session_id: int
    person: Person
    sid: str = ""
    rooms: set[str] = field(default_factory=set)
    ticket: int | None = None
    events: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))

    def may_speak(self, now: float) -> bool:
        """Counts an event of the page; False when it speaks too fast. `now` in monotonic seconds."""
        if len(self.events) == MOST_EVENTS and now - self.events[0] < EVENTS_IN:
            return False
        self.events.append(now)
        return True


class Sockets:
    """All of this process."""

    def __init__(self) -> None:
        self._by_connection: dict[str, Socket] = {}

    def __len__(self) -> int:
        return len(self._by_connection)

    def __iter__(self) -> Iterator[Socket]:
        return iter(list(self._by_connection.values()))

    def admit(self, eio_sid: str, session: Session) -> bool:
        """Takes a signed-in browser's connection; not one more than somebody can use."""
        agent = session.agent
        if sum(socket.person.id == agent.id for socket in self._by_connection.values()) >= MOST_SOCKETS:
            return False
        person = Person(agent.id, agent.name, agent.initials)
        self._by_connection[eio_sid] = Socket(eio_sid, session.id, person)
        return True

    def at(self, eio_sid: str) -> Socket | None:
        return self._by_connection.get(eio_sid)

    def named(self, sid: str) -> Socket | None:
        return next((socket for socket in self._by_connection.values() if socket.sid == sid), None)

    def drop(self, eio_sid: str) -> Socket | None:
        return self._by_connection.pop(eio_sid, None)


@dataclass(frozen=True)
class Rights:
    """What an agent may hear today: rooms, and those of the asked tickets that they see, by number."""

    rooms: set[str]
    tickets: set[int]


def living(session_ids: Collection[int]) -> dict[int, Agent]:
    """Those of these sessions that have not ended, and whose they are."""
    found = (
        sa.select(Session)
        .join(Session.agent)
        .options(joinedload(Session.agent))
        .where(
            Session.id.in_(session_ids),
            Session.ended_at.is_(None),
            Session.expires_at > clock.now(),
            Agent.is_active,
        )
    )
    return {session.id: session.agent for session in db.session.execute(found).scalars()} if session_ids else {}


def rights(agents: Mapping[int, Agent], looked_at: Mapping[int, set[int]]) -> dict[int, Rights]:
    """By agent's id; `looked_at`: the tickets that their pages show."""
    return {id: Rights(access.rooms(agent), _visible(agent, looked_at.get(id, set()))) for id, agent in agents.items()}


def _visible(agent: Agent, numbers: set[int]) -> set[int]:
    if not numbers:
        return set()
    found = access.tickets(agent).where(Ticket.number.in_(numbers)).with_only_columns(Ticket.number)
    return set(db.session.execute(found).scalars())
