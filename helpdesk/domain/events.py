"""Everything that happens is recorded here, numbered without gaps as the last act of its transaction, then told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningInsert

from helpdesk import clock, failpoints
from helpdesk.db import db, is_sqlite, on_commit
from helpdesk.domain import locks
from helpdesk.models import Agent, ApiToken, AuthorKind, Counter, EventKind, Membership, Mention, Message, Role, Ticket

log = structlog.get_logger(__name__)

Viewer = Agent | ApiToken  # who looks at the desk and writes in it: a person, or a program by its token


@dataclass(frozen=True)
class Actor:
    """Who did it, as it will be shown: the name is that of the time."""

    kind: AuthorKind
    id: int | None = None
    name: str = ""

    @classmethod
    def of(cls, viewer: Viewer) -> Actor:
        kind = AuthorKind.AGENT if isinstance(viewer, Agent) else AuthorKind.TOKEN
        return cls(kind, viewer.id, viewer.name)


SYSTEM = Actor(AuthorKind.SYSTEM)


@dataclass(frozen=True)
class Happened:
    """An event after its commit, as subscribers get it. `prev` is the greatest earlier `seq` of the same room."""

    seq: int
    prev: int
    room: str
    kind: EventKind
    is_copy: bool
    ticket_id: int | None
    message_id: int | None
    actor_kind: str
    actor_id: int | None
    actor_name: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Recorded:
    kind: EventKind
    room: str
    is_copy: bool
    ticket: Ticket
    message: Message | None
    by: Actor
    data: dict[str, Any]


Reaction = Callable[[Happened], None]
EVENT, TICKET, MESSAGE = (db.metadata.tables[name] for name in ("event", "ticket", "message"))
# create_app puts subscribers.REACTIONS here.
reactions: Mapping[EventKind, Sequence[Reaction]] = {}


def record(kind: EventKind, ticket: Ticket, *, by: Actor, message: Message | None = None, **data: Any) -> None:
    """Notes that this happened to `ticket`, in its team's room and in those of who sees it from outside the team.

    Its conversation must be held: events are numbered with the counter locked, and then nobody may wait for a row."""
    _note(_Recorded(kind, team_room(ticket.team_id), False, ticket, message, by, data))
    for outsider in _outside_team(ticket):
        _note(_Recorded(kind, agent_room(outsider), True, ticket, message, by, data))


def record_in(room: str, kind: EventKind, ticket: Ticket, *, by: Actor, is_copy: bool = True, **data: Any) -> None:
    """Notes it in one named room only: for those who gain or lose sight of the ticket."""
    _note(_Recorded(kind, room, is_copy, ticket, None, by, data))


def is_touched(ticket: Ticket) -> bool:
    """Has the running transaction recorded something that happened to it?"""
    recorded: list[_Recorded] = db.session().info.get("events", [])
    return any(one.ticket is ticket for one in recorded)


def team_room(team_id: int) -> str:
    return f"team:{team_id}"


def agent_room(agent_id: int) -> str:
    return f"agent:{agent_id}"


def messages_so_far() -> list[int]:
    """Ids of the messages to which something has happened in the running transaction. For the log."""
    db.session.flush()
    recorded: list[_Recorded] = db.session().info["events"]
    return sorted({item.message.id for item in recorded if item.message is not None})


def upto() -> int:
    """The number of the newest committed event. Read it before the rows that it should cover."""
    return db.session.execute(sa.select(Counter.value).where(Counter.name == "event")).scalar_one()


@contextmanager
def savepoint() -> Iterator[None]:
    """A part of a transaction that may fail alone: its rows and its events go together."""
    recorded: list[_Recorded] = db.session().info["events"]
    before = len(recorded)
    try:
        with db.session.begin_nested():
            yield
    except BaseException:
        del recorded[before:]
        raise


def number(session: Session) -> None:
    """The last act of a transaction: takes `seq` for its events from the one counter row. Who holds that row holds up
    all others, so as little as can be is said between it and the commit.

    Not from a sequence: a cursor over a sequence skips rows that commit late (measured: 684 of 4,000)."""
    recorded: list[_Recorded] = session.info["events"]
    if not recorded:
        return
    at = clock.now()
    last = session.execute(
        sa.update(Counter)
        .where(Counter.name == "event")
        .values(value=Counter.value + len(recorded))
        .returning(Counter.value)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    first = last - len(recorded) + 1
    happened = [_store(session, item, seq, at) for seq, item in enumerate(recorded, start=first)]
    failpoints.hit("events.numbered")
    on_commit(lambda: publish(happened))


def publish(happened: Sequence[Happened]) -> None:
    """Runs the reactions of what was committed. They are doorbells: whatever must follow is found again from the
    database, so one that fails is logged and must not take the others along."""
    for one in happened:
        for react in reactions.get(one.kind, ()):
            try:
                react(one)
            except Exception:
                log.exception("a reaction failed", kind=one.kind, seq=one.seq)
                db.session.rollback()


def _note(recorded: _Recorded) -> None:
    if not locks.is_held(recorded.ticket.conversation_id):
        raise RuntimeError(f"{recorded.kind} happens in a conversation that nobody holds")
    db.session().info["events"].append(recorded)


def _outside_team(ticket: Ticket) -> Sequence[int]:
    """Its assignee and whom its notes mention, as far as they are not in its team. Owners hear every team's room, and
    need no copy."""
    mentioned = sa.select(Mention.agent_id).where(Mention.ticket_id == ticket.id)
    member = sa.exists().where(Membership.agent_id == Agent.id, Membership.team_id == ticket.team_id)
    assignee_id = ticket.assignee.id if ticket.assignee is not None else 0
    found = sa.select(Agent.id).where(sa.or_(Agent.id == assignee_id, Agent.id.in_(mentioned)))
    return db.session.execute(found.where(Agent.role != Role.OWNER, ~member).order_by(Agent.id)).scalars().all()


def _store(session: Session, item: _Recorded, seq: int, at: datetime) -> Happened:
    """The event's row, whose `prev` the database finds, and its number at the ticket and the message."""
    ticket, message = item.ticket, item.message
    values: dict[str, Any] = {
        "seq": seq,
        "room": item.room,
        "kind": item.kind,
        "is_copy": item.is_copy,
        "ticket_id": ticket.id,
        "message_id": message.id if message is not None else None,
        "actor_kind": item.by.kind.value,
        "actor_id": item.by.id,
        "actor_name": item.by.name,
        "data": item.data,
        "at": at,
    }
    changes = [sa.update(TICKET).where(TICKET.c.id == ticket.id).values(seq=seq)]
    set_committed_value(ticket, "seq", seq)
    if message is not None:
        first_seq = message.first_seq or seq
        changes.append(sa.update(MESSAGE).where(MESSAGE.c.id == message.id).values(seq=seq, first_seq=first_seq))
        set_committed_value(message, "seq", seq)
        set_committed_value(message, "first_seq", first_seq)
    earlier = sa.select(sa.func.max(EVENT.c.seq)).where(EVENT.c.room == item.room).scalar_subquery()
    stored = sa.insert(EVENT).values(**values, prev=sa.func.coalesce(earlier, 0)).returning(EVENT.c.prev)
    prev = _together(session, changes, stored).scalar_one()
    return Happened(**values, prev=prev)


def _together(session: Session, changes: Sequence[sa.Update], stored: ReturningInsert[int]) -> sa.Result[int]:
    """PostgreSQL does all of it in one statement: each further one would be a way there and back."""
    if not is_sqlite():
        return session.execute(stored.add_cte(*(change.cte() for change in changes)))
    for change in changes:
        session.execute(change)
    return session.execute(stored)
