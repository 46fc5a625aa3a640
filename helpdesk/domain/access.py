"""Who sees what. Every query made for a person or a program starts here; what is not theirs is not found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import attachments, events
from helpdesk.domain.events import Viewer
from helpdesk.errors import Forbidden, NotFound
from helpdesk.models import (
    Agent,
    ApiTokenTeam,
    Attachment,
    Audience,
    Contact,
    ContactNote,
    Conversation,
    Identity,
    Inbox,
    Membership,
    Mention,
    Message,
    Role,
    SavedView,
    ScheduledMessage,
    Tag,
    Team,
    Ticket,
    TicketTag,
)

BIGGEST_ID = 2**63 - 1

T = TypeVar("T")


def visible(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition on `ticket` that makes it theirs: for an owner all; else their teams', those given to them and
    those in which a note mentions them. A token is given none."""
    if viewer.is_owner:
        return sa.true()
    of_teams = Ticket.team_id.in_(_team_ids(viewer))
    if not isinstance(viewer, Agent):
        return of_teams
    mentioned = sa.select(Mention.ticket_id).where(Mention.agent_id == viewer.id)
    return sa.or_(of_teams, Ticket.assignee_id == viewer.id, Ticket.id.in_(mentioned))


def tickets(viewer: Viewer) -> sa.Select[Ticket]:
    return sa.select(Ticket).where(visible(viewer))


def ticket(number: int, *, by: Viewer) -> Ticket:
    """By the number that people say. Raises NotFound."""
    return _one(tickets(by).where(Ticket.number == number), number)


def may_see(viewer: Viewer, ticket: Ticket) -> bool:
    is_given = isinstance(viewer, Agent) and ticket.assignee_id == viewer.id
    return viewer.is_owner or is_given or ticket.team_id in team_ids(viewer) or _is_mentioned(viewer, ticket)


def message(id: int, *, by: Viewer) -> Message:
    """A message of a ticket that they see, or one from before the first ticket of a conversation that they see."""
    found = sa.select(Message).outerjoin(Ticket, Ticket.id == Message.ticket_id)
    return _one(found.where(Message.id == id, readable(by)), id)


def scheduled_messages(viewer: Viewer) -> sa.Select[ScheduledMessage]:
    """Those of tickets that they see."""
    return sa.select(ScheduledMessage).join(Ticket, Ticket.id == ScheduledMessage.ticket_id).where(visible(viewer))


def scheduled_message(id: int, *, by: Viewer) -> ScheduledMessage:
    return _one(scheduled_messages(by).where(ScheduledMessage.id == id), id)


def attachment(public_id: str, *, by: Viewer) -> Attachment:
    """A file of a message that they see and nobody took back, or one that they have just uploaded."""
    found = (
        sa.select(Attachment)
        .outerjoin(Message, Message.id == Attachment.message_id)
        .outerjoin(Ticket, Ticket.id == Message.ticket_id)
        .where(Attachment.public_id == public_id)
        .where(
            sa.or_(
                sa.and_(Message.deleted_at.is_(None), Attachment.message_id.is_not(None), readable(by)),
                sa.and_(Attachment.message_id.is_(None), attachments.uploaded(by)),
            )
        )
    )
    row = db.session.execute(found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def conversation(id: int, *, by: Viewer) -> Conversation:
    """One of whose tickets they see at least one."""
    seen = tickets(by).where(Ticket.conversation_id == Conversation.id).exists()
    return _one(sa.select(Conversation).where(Conversation.id == id, seen), id)


def contact(id: int, *, by: Viewer) -> Contact:
    """A contact is seen by whoever sees one of its tickets."""
    return _one(contacts(by).where(Contact.id == id), id)


def whole_contact(id: int, *, by: Viewer) -> Contact:
    """To be merged or parted: whoever gives one person's notes to those who see another must see all of both. Raises
    NotFound, and Forbidden when an inbox of teams that are not theirs knows the person, too."""
    found = contact(id, by=by)
    seen = identities(by).with_only_columns(Identity.id).correlate(None)
    hidden = sa.select(Identity.id).where(Identity.contact_id == id, Identity.id.not_in(seen))
    if db.session.execute(hidden.limit(1)).first() is not None:
        raise Forbidden("Another team knows this person, too. Ask somebody who sees all of their tickets.")
    return found


def contact_note(id: int, *, by: Viewer) -> ContactNote:
    """Seen with its contact."""
    seen = contacts(by).where(Contact.id == ContactNote.contact_id).correlate(ContactNote).exists()
    return _one(sa.select(ContactNote).where(ContactNote.id == id, seen), id)


def own_note(id: int, *, by: Agent) -> ContactNote:
    """To be changed: what somebody else wrote stays their words. Raises NotFound, Forbidden."""
    found = contact_note(id, by=by)
    if found.agent_id != by.id:
        raise Forbidden("Only who wrote a note can change it.")
    return found


def removable_note(id: int, *, by: Agent) -> ContactNote:
    """One's own; anybody's for leads and owners. Raises NotFound, Forbidden."""
    found = contact_note(id, by=by)
    if not may_remove(found, by=by):
        raise Forbidden("Only who wrote a note, a lead or an owner can delete it.")
    return found


def may_remove(note: ContactNote, *, by: Agent) -> bool:
    return note.agent_id == by.id or by.role in (Role.LEAD, Role.OWNER)


def contacts(viewer: Viewer) -> sa.Select[Contact]:
    seen = identities(viewer).where(Identity.contact_id == Contact.id).correlate(Contact).exists()
    return sa.select(Contact).where(seen)


def identities(viewer: Viewer) -> sa.Select[Identity]:
    """People as those inboxes know them through which they wrote a ticket that the viewer sees."""
    seen = tickets(viewer).join(Conversation, Conversation.id == Ticket.conversation_id)
    return sa.select(Identity).where(seen.where(Conversation.identity_id == Identity.id).correlate(Identity).exists())


def messages(conversation: Conversation, *, by: Viewer) -> sa.Select[Message]:
    """What they see of a conversation that they see: not the chapters that are for other eyes."""
    found = sa.select(Message).outerjoin(Ticket, Ticket.id == Message.ticket_id)
    return found.where(Message.conversation_id == conversation.id, sa.or_(visible(by), Message.ticket_id.is_(None)))


def identity(id: int, *, by: Viewer) -> Identity:
    """A person as one inbox knows them; seen with their contact."""
    found = _one(sa.select(Identity).where(Identity.id == id), id)
    contact(found.contact_id, by=by)
    return found


def readable(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition on `message`, outer joined with its ticket, that makes it theirs to read, as `thread` has it."""
    seen = tickets(viewer).where(Ticket.conversation_id == Message.conversation_id).correlate(Message)
    return sa.or_(visible(viewer) & Message.ticket_id.is_not(None), Message.ticket_id.is_(None) & seen.exists())


def tags(viewer: Viewer) -> sa.Select[Tag]:
    """Those of tickets that they see."""
    found = sa.select(Tag).join(TicketTag, TicketTag.tag_id == Tag.id).join(Ticket, Ticket.id == TicketTag.ticket_id)
    return found.where(visible(viewer))


def colleagues(viewer: Viewer) -> Sequence[Agent]:
    """All active people of the desk, by name: names only."""
    return db.session.execute(sa.select(Agent).where(Agent.is_active).order_by(Agent.name, Agent.id)).scalars().all()


def teams(viewer: Viewer) -> Sequence[Team]:
    """Those whose tickets they see, by name."""
    found = sa.select(Team).order_by(Team.name)
    if not viewer.is_owner:
        found = found.where(Team.id.in_(_team_ids(viewer)))
    return db.session.execute(found).scalars().all()


def team(id: int, *, by: Viewer) -> Team:
    """Any team of the desk: a ticket may be handed to a team whose tickets one does not see."""
    return _one(sa.select(Team).where(Team.id == id), id)


def every_team(viewer: Viewer) -> Sequence[Team]:
    """All teams by name, as targets for handing over: names only, nothing of theirs."""
    return db.session.execute(sa.select(Team).order_by(Team.name)).scalars().all()


def team_ids(viewer: Viewer) -> set[int]:
    return set(db.session.execute(_team_ids(viewer)).scalars())


def inboxes(viewer: Viewer) -> Sequence[Inbox]:
    """The connected ones, by name: all for owners, else those of their teams."""
    return db.session.execute(connected(viewer).order_by(Inbox.name)).scalars().all()


def connected(viewer: Viewer) -> sa.Select[Inbox]:
    found = sa.select(Inbox).where(Inbox.removed_at.is_(None))
    return found if viewer.is_owner else found.where(Inbox.team_id.in_(_team_ids(viewer)))


def inbox(id: int, *, by: Viewer) -> Inbox:
    """A connected one of theirs. Raises NotFound."""
    return _one(connected(by).where(Inbox.id == id), id)


def assignable(ticket: Ticket, *, by: Viewer) -> Sequence[Agent]:
    """Active people who may be given this ticket: its team's members and owners, by name."""
    members = sa.select(Membership.agent_id).where(Membership.team_id == ticket.team_id)
    found = sa.select(Agent).where(Agent.is_active, sa.or_(Agent.id.in_(members), Agent.role == Role.OWNER))
    return db.session.execute(found.order_by(Agent.name)).scalars().all()


def colleague(id: int, *, by: Viewer) -> Agent:
    """An active person of the desk, to be given work."""
    return _one(sa.select(Agent).where(Agent.id == id, Agent.is_active), id)


def mentionable(ticket: Ticket, *, by: Agent) -> list[tuple[Agent, bool]]:
    """Active colleagues whom a note may name, those first who see the ticket: to the others the mention shows it."""
    found = sa.select(Agent, seeing(ticket)).where(Agent.is_active, Agent.id != by.id)
    rows = [(agent, bool(sees)) for agent, sees in db.session.execute(found.order_by(Agent.name))]
    return sorted(rows, key=lambda row: not row[1])


def seeing(ticket: Ticket) -> sa.ColumnElement[bool]:
    """The condition on `agent` that they see this ticket, as `visible` has it."""
    member = sa.exists().where(Membership.agent_id == Agent.id, Membership.team_id == ticket.team_id)
    mentioned = sa.exists().where(Mention.agent_id == Agent.id, Mention.ticket_id == ticket.id)
    return sa.or_(Agent.role == Role.OWNER, Agent.id == (ticket.assignee_id or 0), member, mentioned)


def saved_views(agent: Agent) -> sa.Select[SavedView]:
    """Their own, those of their teams, and those for everyone."""
    private = sa.and_(SavedView.audience == Audience.PRIVATE, SavedView.agent_id == agent.id)
    of_team = sa.and_(SavedView.audience == Audience.TEAM, SavedView.team_id.in_(_team_ids(agent)))
    seen = [private, SavedView.audience == Audience.EVERYONE, of_team]
    if agent.is_owner:
        seen.append(SavedView.audience == Audience.TEAM)
    return sa.select(SavedView).where(sa.or_(*seen))


def saved_view(id: int, *, by: Agent) -> SavedView:
    return _one(saved_views(by).where(SavedView.id == id), id)


def may_change_view(agent: Agent, audience: Audience, team_id: int | None) -> bool:
    """May they make, change or delete a view of this audience? A team's: its leads. Everyone's: owners."""
    if audience is Audience.PRIVATE or agent.is_owner:
        return True
    return audience is Audience.TEAM and agent.role is Role.LEAD and team_id in team_ids(agent)


def led_teams(agent: Agent) -> Sequence[Team]:
    """Those for which they may set something up, by name."""
    return teams(agent) if agent.role in (Role.LEAD, Role.OWNER) else []


def rooms(agent: Agent) -> set[str]:
    """The rooms whose events they hear: their own and their teams'; an owner hears every team."""
    heard = {team.id for team in teams(agent)}
    return {events.agent_room(agent.id)} | {events.team_room(id) for id in heard}


def require_owner(viewer: Viewer) -> None:
    if not viewer.is_owner:
        raise Forbidden("Only an owner can do this.")


def require_lead(agent: Agent) -> None:
    if agent.role not in (Role.LEAD, Role.OWNER):
        raise Forbidden("Only a lead or an owner can do this.")


def _is_mentioned(viewer: Viewer, ticket: Ticket) -> bool:
    if not isinstance(viewer, Agent):
        return False
    found = sa.select(Mention.agent_id).where(Mention.agent_id == viewer.id, Mention.ticket_id == ticket.id).limit(1)
    return db.session.execute(found).first() is not None


def _team_ids(viewer: Viewer) -> sa.Select[int]:
    if isinstance(viewer, Agent):
        return sa.select(Membership.team_id).where(Membership.agent_id == viewer.id)
    return sa.select(ApiTokenTeam.team_id).where(ApiTokenTeam.token_id == viewer.id)


def _one(found: sa.Select[T], id: int) -> T:
    if not 0 < id <= BIGGEST_ID:
        raise NotFound
    row = db.session.execute(found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row
