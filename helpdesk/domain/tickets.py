"""A ticket's life: opening, handing over, closing, reopening, reading."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import changed, db, insert_or_ignore
from helpdesk.domain import events, locks, signs, standing, waits
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import (
    Agent,
    Category,
    Conversation,
    Counter,
    Direction,
    EventKind,
    Membership,
    Message,
    RequestState,
    Team,
    Ticket,
    TicketRead,
    WaitOutcome,
)


def for_message(conversation: Conversation, *, at: datetime, received_at: datetime, by: Actor) -> Ticket:
    """The ticket that a customer's message belongs to: the unclosed main one; else the last one reopened when it was
    closed within the inbox's reopen time; else a new one that follows it. `at` is where the message stands in the
    thread: its line about the opening stands just above."""
    current = main(conversation)
    if current is not None:
        standing.resume(current, by=by, shown_at=_written(at))
        return current
    last = latest(conversation)
    reopens_for = timedelta(hours=conversation.inbox.reopen_hours)
    if last is not None and last.closed_at is not None and received_at - last.closed_at <= reopens_for:
        reopen(last, by=by, at=received_at, shown_at=at)
        return last
    return _open(conversation, follows=last, at=received_at, shown_at=at, by=by)


def to_answer(conversation: Conversation) -> Ticket | None:
    """The ticket that an answer belongs to now: none is opened or closed before the transaction's end."""
    locks.conversation(conversation.id)
    return latest(conversation)


def latest(conversation: Conversation) -> Ticket | None:
    """The unclosed main ticket, else the newest one of the conversation."""
    found = sa.select(Ticket).where(
        Ticket.conversation_id == conversation.id, Ticket.split_from.is_(None), Ticket.merged_into_id.is_(None)
    )
    return main(conversation) or db.session.execute(found.order_by(Ticket.id.desc()).limit(1)).scalar()


def main(conversation: Conversation) -> Ticket | None:
    """The unclosed one that incoming messages go to."""
    return db.session.execute(
        sa.select(Ticket).where(
            Ticket.conversation_id == conversation.id, Ticket.category != Category.CLOSED, Ticket.split_from.is_(None)
        )
    ).scalar_one_or_none()


def assign(ticket: Ticket, *, to: Agent | None, by: Actor) -> None:
    """Gives the ticket to a person of its team or an owner, or to nobody. Raises Invalid for anybody else."""
    locks.conversation(ticket.conversation_id)
    before = ticket.assignee
    if before is to:
        return
    if to is not None and not _may_take(to, ticket):
        raise Invalid(f"{to.name} is not in the team {ticket.team.name}. Move the ticket to one of their teams first.")
    ticket.assignee = to
    events.record(EventKind.TICKET_ASSIGNED, ticket, by=by, to=to and to.id, to_name=to.name if to else "")
    if before is not None and not _is_member(before, ticket.team_id):
        events.record_in(events.agent_room(before.id), EventKind.TICKET_LEFT, ticket, by=by)


def take(ticket: Ticket, *, by: Agent) -> None:
    """Assigns an unassigned ticket to oneself. Raises Conflict when somebody else was faster."""
    locks.conversation(ticket.conversation_id)
    if ticket.assignee is not None and ticket.assignee is not by:
        raise Conflict(f"{ticket.assignee.name} took this ticket before you.")
    assign(ticket, to=by, by=Actor.of(by))


def move(ticket: Ticket, *, team: Team, by: Actor) -> None:
    """Hands the ticket to another team; an assignee who is not in it loses it. Told in the room that it leaves and in
    the one that it enters."""
    locks.conversation(ticket.conversation_id)
    if ticket.team is team:
        return
    rooms, assignee = [events.team_room(ticket.team_id)], ticket.assignee
    if assignee is not None and not _may_take(assignee, ticket, team=team):
        ticket.assignee = None
        rooms += [] if _is_member(assignee, ticket.team_id) else [events.agent_room(assignee.id)]
    for room in rooms:
        events.record_in(room, EventKind.TICKET_LEFT, ticket, by=by, to_team=team.name)
    before = ticket.team.name
    ticket.team = team
    ticket.team_id = team.id
    events.record(EventKind.TICKET_ENTERED, ticket, by=by, from_team=before, to_team=team.name)


def close(ticket: Ticket, *, by: Actor) -> None:
    """Ends the request. A customer who was waiting was not answered, and the wait says so."""
    locks.conversation(ticket.conversation_id)
    if ticket.is_closed:
        return
    now = clock.now()
    if ticket.is_request:
        ticket.conversation.request = RequestState.IGNORED
    waits.ended(ticket, WaitOutcome.CLOSED_WITHOUT_REPLY, at=now)
    ticket.category, ticket.status, ticket.closed_at, ticket.snoozed_until = Category.CLOSED, "closed", now, None
    events.record(EventKind.TICKET_CLOSED, ticket, by=by)


def reopen(ticket: Ticket, *, by: Actor, at: datetime | None = None, shown_at: datetime | None = None) -> None:
    """Takes the request up again, from `at` on (default: now). Raises Conflict when another ticket of the conversation
    is open by now."""
    locks.conversation(ticket.conversation_id)
    if not ticket.is_closed:
        return
    if ticket.is_merged:
        raise Conflict(f"This ticket was merged into {survivor(ticket).number}: go on there.")
    if ticket.conversation.request is RequestState.BLOCKED:
        raise Conflict("They are blocked. Unblock them first.")
    current = goes_on_in(ticket)
    if current is not None:
        raise Conflict(f"The conversation goes on in ticket {current.number}.", number=current.number)
    if ticket.conversation.request is RequestState.IGNORED:
        ticket.conversation.request = RequestState.ACCEPTED
    ticket.category, ticket.status, ticket.closed_at = Category.OPEN, "open", None
    ticket.opened_at = at or clock.now()
    events.record(EventKind.TICKET_REOPENED, ticket, by=by, shown_at=_written(shown_at))


def take_back_closing(ticket: Ticket, *, category: Category, until: datetime | None, by: Actor) -> None:
    """As if it had never been closed: its wait goes on, and it stands as it stood. Raises Conflict when another ticket
    of the conversation is open by now."""
    locks.conversation(ticket.conversation_id)
    if not ticket.is_closed or ticket.is_merged or category is Category.CLOSED:
        return
    current = goes_on_in(ticket)
    if current is not None:
        raise Conflict(f"The conversation goes on in ticket {current.number}.", number=current.number)
    if ticket.closed_at is not None:
        waits.taken_up_again(ticket, ended_at=ticket.closed_at)
    if category is Category.REQUEST:
        ticket.conversation.request = RequestState.PENDING
    ticket.category, ticket.status, ticket.closed_at, ticket.snoozed_until = category, category.value, None, until
    events.record(EventKind.TICKET_REOPENED, ticket, by=by)


def goes_on_in(ticket: Ticket) -> Ticket | None:
    """The open ticket that took the place of this closed one in its conversation."""
    return main(ticket.conversation) if ticket.is_closed and ticket.split_from is None else None


def survivor(ticket: Ticket) -> Ticket:
    """The ticket in which this one goes on: itself, unless it was merged."""
    while ticket.merged_into_id is not None:
        ticket = db.session.get_one(Ticket, ticket.merged_into_id)
    return ticket


def open_beside(ticket: Ticket, *, first: Message) -> Ticket:
    """A side ticket of the same conversation, in the same hands, for a request that began with `first`."""
    beside = Ticket(
        number=_next_number(),
        conversation=ticket.conversation,
        team=ticket.team,
        assignee=ticket.assignee,
        priority=ticket.priority,
        opened_at=first.at,
        last_message_at=first.at,
        split_from=ticket.id,
    )
    db.session.add(beside)
    db.session.flush()
    return beside


def read(ticket: Ticket, *, by: Agent) -> None:
    """They have seen everything up to the ticket's newest event, and the customer of an assignee is to be told so.
    Records no event: it is theirs alone."""
    signs.saw(ticket, by=by)
    _first_seen(ticket, by=by)
    mark = {"ticket_id": ticket.id, "agent_id": by.id}
    if changed(insert_or_ignore(TicketRead).values(**mark, seq=ticket.seq)):
        return
    db.session.execute(
        sa.update(TicketRead)
        .where(TicketRead.ticket_id == ticket.id, TicketRead.agent_id == by.id, TicketRead.seq < ticket.seq)
        .values(seq=ticket.seq)
    )


def _first_seen(ticket: Ticket, *, by: Agent) -> None:
    """Who had the customer's messages on the screen first. A message that somebody is changing is marked next time:
    this holds no conversation, and waits for nobody who does."""
    unseen = sa.select(Message.id).where(
        Message.ticket_id == ticket.id, Message.direction == Direction.INBOUND, Message.seen_at.is_(None)
    )
    ids = db.session.execute(unseen.with_for_update(skip_locked=True)).scalars().all()
    if ids:
        seen = sa.update(Message).where(Message.id.in_(ids)).values(seen_at=clock.now(), seen_by_id=by.id)
        db.session.execute(seen, execution_options={"synchronize_session": False})


def unread_seq(ticket: Ticket, *, by: Agent) -> int:
    """The event up to which they had read it before; 0 when never."""
    found = sa.select(TicketRead.seq).where(TicketRead.ticket_id == ticket.id, TicketRead.agent_id == by.id)
    return db.session.execute(found).scalar() or 0


def _open(conversation: Conversation, *, follows: Ticket | None, at: datetime, shown_at: datetime, by: Actor) -> Ticket:
    ticket = Ticket(
        number=_next_number(),
        conversation=conversation,
        team=conversation.inbox.team,
        opened_at=at,
        last_message_at=at,
        follows_id=follows.id if follows else None,
    )
    db.session.add(ticket)
    db.session.flush()
    events.record(EventKind.TICKET_OPENED, ticket, by=by, shown_at=_written(shown_at))
    return ticket


def _written(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""


def _next_number() -> int:
    given = sa.update(Counter).where(Counter.name == "ticket").values(value=Counter.value + 1)
    return db.session.execute(given.returning(Counter.value).execution_options(synchronize_session=False)).scalar_one()


def _may_take(agent: Agent, ticket: Ticket, *, team: Team | None = None) -> bool:
    return agent.is_active and (agent.is_owner or _is_member(agent, team.id if team else ticket.team_id))


def _is_member(agent: Agent, team_id: int) -> bool:
    found = sa.select(Membership.agent_id).where(Membership.agent_id == agent.id, Membership.team_id == team_id)
    return db.session.execute(found).first() is not None
