"""Who sees what. Every query made for a person starts here; what is not theirs is not found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import events
from helpdesk.errors import Forbidden, NotFound
from helpdesk.models import (
    Agent,
    Attachment,
    Contact,
    Conversation,
    Identity,
    Inbox,
    Membership,
    Message,
    Role,
    Team,
    Ticket,
)

BIGGEST_ID = 2**63 - 1

T = TypeVar("T")


def visible(agent: Agent) -> sa.ColumnElement[bool]:
    """The condition on `ticket` that makes it theirs: for an owner all; else their teams' and those given to them."""
    if agent.is_owner:
        return sa.true()
    return sa.or_(Ticket.team_id.in_(_team_ids(agent)), Ticket.assignee_id == agent.id)


def tickets(agent: Agent) -> sa.Select[Ticket]:
    return sa.select(Ticket).where(visible(agent))


def ticket(number: int, *, by: Agent) -> Ticket:
    """By the number that people say. Raises NotFound."""
    return _one(tickets(by).where(Ticket.number == number), number)


def ticket_by_id(id: int, *, by: Agent) -> Ticket:
    return _one(tickets(by).where(Ticket.id == id), id)


def may_see(agent: Agent, ticket: Ticket) -> bool:
    return agent.is_owner or ticket.assignee_id == agent.id or ticket.team_id in team_ids(agent)


def message(id: int, *, by: Agent) -> Message:
    """A message of a ticket that they see, or one from before the first ticket of a conversation that they see."""
    found = sa.select(Message).outerjoin(Ticket, Ticket.id == Message.ticket_id)
    return _one(found.where(Message.id == id, _readable(by)), id)


def attachment(public_id: str, *, by: Agent) -> Attachment:
    """A file of a message that they see and nobody took back, or one that they have just uploaded."""
    found = (
        sa.select(Attachment)
        .outerjoin(Message, Message.id == Attachment.message_id)
        .outerjoin(Ticket, Ticket.id == Message.ticket_id)
        .where(Attachment.public_id == public_id)
        .where(
            sa.or_(
                sa.and_(Message.deleted_at.is_(None), Attachment.message_id.is_not(None), _readable(by)),
                sa.and_(Attachment.message_id.is_(None), Attachment.uploader_id == by.id),
            )
        )
    )
    row = db.session.execute(found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def conversation(id: int, *, by: Agent) -> Conversation:
    """One of whose tickets they see at least one."""
    seen = tickets(by).where(Ticket.conversation_id == Conversation.id).exists()
    return _one(sa.select(Conversation).where(Conversation.id == id, seen), id)


def contact(id: int, *, by: Agent) -> Contact:
    """A contact is seen by whoever sees one of its tickets."""
    seen = (
        tickets(by)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Identity.contact_id == Contact.id)
        .exists()
    )
    return _one(sa.select(Contact).where(Contact.id == id, seen), id)


def identity(id: int, *, by: Agent) -> Identity:
    """A person as one inbox knows them; seen with their contact."""
    found = _one(sa.select(Identity).where(Identity.id == id), id)
    contact(found.contact_id, by=by)
    return found


def teams(agent: Agent) -> Sequence[Team]:
    """Those whose tickets they see, by name."""
    found = sa.select(Team).order_by(Team.name)
    if not agent.is_owner:
        found = found.where(Team.id.in_(_team_ids(agent)))
    return db.session.execute(found).scalars().all()


def team(id: int, *, by: Agent) -> Team:
    """Any team of the desk: a ticket may be handed to a team whose tickets one does not see."""
    return _one(sa.select(Team).where(Team.id == id), id)


def every_team(agent: Agent) -> Sequence[Team]:
    """All teams by name, as targets for handing over: names only, nothing of theirs."""
    return db.session.execute(sa.select(Team).order_by(Team.name)).scalars().all()


def team_ids(agent: Agent) -> set[int]:
    return set(db.session.execute(_team_ids(agent)).scalars())


def inboxes(agent: Agent) -> Sequence[Inbox]:
    """The connected ones, by name: all for owners, else those of their teams."""
    found = sa.select(Inbox).where(Inbox.removed_at.is_(None)).order_by(Inbox.name)
    if not agent.is_owner:
        found = found.where(Inbox.team_id.in_(_team_ids(agent)))
    return db.session.execute(found).scalars().all()


def assignable(ticket: Ticket, *, by: Agent) -> Sequence[Agent]:
    """Active people who may be given this ticket: its team's members and owners, by name."""
    members = sa.select(Membership.agent_id).where(Membership.team_id == ticket.team_id)
    found = sa.select(Agent).where(Agent.is_active, sa.or_(Agent.id.in_(members), Agent.role == Role.OWNER))
    return db.session.execute(found.order_by(Agent.name)).scalars().all()


def colleague(id: int, *, by: Agent) -> Agent:
    """An active person of the desk, to be given work."""
    return _one(sa.select(Agent).where(Agent.id == id, Agent.is_active), id)


def rooms(agent: Agent) -> set[str]:
    """The rooms whose events they hear: their own and their teams'; an owner hears every team."""
    heard = {team.id for team in teams(agent)}
    return {events.agent_room(agent.id)} | {events.team_room(id) for id in heard}


def require_owner(agent: Agent) -> None:
    if not agent.is_owner:
        raise Forbidden("Only an owner can do this.")


def require_lead(agent: Agent) -> None:
    if agent.role not in (Role.LEAD, Role.OWNER):
        raise Forbidden("Only a lead or an owner can do this.")


def _readable(agent: Agent) -> sa.ColumnElement[bool]:
    """The condition on `message` and its ticket, as `thread` has it."""
    seen = tickets(agent).with_only_columns(Ticket.conversation_id).correlate(None)
    return sa.or_(visible(agent), sa.and_(Message.ticket_id.is_(None), Message.conversation_id.in_(seen)))


def _team_ids(agent: Agent) -> sa.Select[int]:
    return sa.select(Membership.team_id).where(Membership.agent_id == agent.id)


def _one(found: sa.Select[T], id: int) -> T:
    if not 0 < id <= BIGGEST_ID:
        raise NotFound
    row = db.session.execute(found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row
