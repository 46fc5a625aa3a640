"""The shelf of what a condition can ask of a ticket, a line in FIELDS each: editor, filters, chips and SQL read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.domain import reply_windows
from helpdesk.domain.conditions import choices
from helpdesk.domain.conditions.choices import Option
from helpdesk.models import (
    Agent,
    AuthorKind,
    Category,
    Conversation,
    Direction,
    Draft,
    Inbox,
    Membership,
    Mention,
    Message,
    Priority,
    Tag,
    Team,
    Ticket,
    TicketRead,
    TicketTag,
)

LONGEST = 60 * 24 * 365  # minutes
MOST_OPTIONS = 300

Holds = Callable[[Sequence[str], Agent], sa.ColumnElement[bool]]


class Kind(StrEnum):
    CHOICE = "choice"  # some of the options
    MINUTES = "minutes"  # one number
    FLAG = "flag"  # no value: it is so, or it is not


@dataclass(frozen=True)
class Field:
    """`holds` makes SQL of values that exist, and is true or false for every ticket, never unknown. `options` are those
    that this person may choose; `known` are all that there are, as values are compared."""

    name: str
    title: str
    kind: Kind
    holds: Holds
    options: Callable[[Agent], Sequence[Option]] = lambda agent: ()
    known: Callable[[Sequence[str]], set[str]] = lambda values: set()
    what: str = ""  # of which a value may be gone, "the tag"
    is_words: bool = False  # the values are words that people read

    def can_be(self, values: Sequence[str]) -> tuple[str, ...]:
        """Those of the values that can be asked for today."""
        if self.kind is Kind.MINUTES:
            return tuple(one for one in values[:1] if one.isascii() and one.isdigit() and int(one[:9]) <= LONGEST)
        if self.kind is Kind.FLAG:
            return ()
        known = self.known(values)
        return tuple(one for one in values if one.lower() in known)


def _is_assigned(values: Sequence[str], agent: Agent) -> sa.ColumnElement[bool]:
    ids = [*choices.ids(values), *([agent.id] if choices.ME.value in values else [])]
    given = sa.and_(Ticket.assignee_id.is_not(None), Ticket.assignee_id.in_(ids))
    return sa.or_(given, Ticket.assignee_id.is_(None)) if choices.NOBODY.value in values else given


def is_of_teams(agent: Agent) -> sa.ColumnElement[bool]:
    return Ticket.team_id.in_(sa.select(Membership.team_id).where(Membership.agent_id == agent.id))


def _is_of(values: Sequence[str], agent: Agent) -> sa.ColumnElement[bool]:
    named = Ticket.team_id.in_(choices.ids(values))
    return sa.or_(named, is_of_teams(agent)) if choices.MINE.value in values else named


def _came_through(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return Ticket.conversation_id.in_(sa.select(Conversation.id).join(Conversation.inbox).where(condition))


def _is_tagged(values: Sequence[str], agent: Agent) -> sa.ColumnElement[bool]:
    named = sa.func.lower(Tag.name).in_([one.lower() for one in values])
    return Ticket.id.in_(sa.select(TicketTag.ticket_id).join(Tag, Tag.id == TicketTag.tag_id).where(named))


def _has_waited(values: Sequence[str], agent: Agent) -> sa.ColumnElement[bool]:
    """With no minutes: it waits."""
    minutes = int(values[0])
    if not minutes:
        return Ticket.waiting_since.is_not(None)
    return sa.and_(Ticket.waiting_since.is_not(None), Ticket.waiting_since <= clock.now() - timedelta(minutes=minutes))


def is_unread(agent: Agent) -> sa.ColumnElement[bool]:
    """A customer's message came after what they have read."""
    read = sa.select(TicketRead.seq).where(TicketRead.ticket_id == Ticket.id, TicketRead.agent_id == agent.id)
    return sa.exists().where(
        Message.ticket_id == Ticket.id,
        Message.direction == Direction.INBOUND,
        Message.first_seq > sa.func.coalesce(read.correlate(Ticket).scalar_subquery(), 0),
        Message.deleted_at.is_(None),
    )


def is_mentioned(agent: Agent) -> sa.ColumnElement[bool]:
    return Ticket.id.in_(sa.select(Mention.ticket_id).where(Mention.agent_id == agent.id))


def _is_drafted(agent: Agent) -> sa.ColumnElement[bool]:
    """They have begun to write, and not sent it."""
    return Ticket.id.in_(sa.select(Draft.ticket_id).where(Draft.agent_id == agent.id, Draft.text != ""))


def _has_failed() -> sa.ColumnElement[bool]:
    """A message of ours did not go out, or nobody knows."""
    failed = sa.text("message.status IN ('failed', 'uncertain')")  # word for word what its index is over
    return Ticket.id.in_(sa.select(Message.ticket_id).where(failed, Message.ticket_id.is_not(None)))


def _last_is_by(values: Sequence[str], agent: Agent) -> sa.ColumnElement[bool]:
    """The newest message: what the row shows."""
    from_app = Message.author_kind == AuthorKind.APP
    kinds = {
        "customer": Message.direction == Direction.INBOUND,
        "us": sa.and_(Message.direction == Direction.OUTBOUND, sa.not_(from_app)),
        "app": from_app,
    }
    return sa.exists().where(Message.id == Ticket.last_message_id, sa.or_(*(kinds[one] for one in values)))


FIELDS = {
    field.name: field
    for field in (
        Field(
            "status",
            "Status",
            Kind.CHOICE,
            lambda values, agent: Ticket.category.in_([Category(one) for one in values]),
            lambda agent: choices.STATUSES,
            choices.among(choices.STATUSES),
            "the status",
        ),
        Field(
            "assignee",
            "Assigned to",
            Kind.CHOICE,
            _is_assigned,
            choices.people,
            choices.rows(Agent, "me", "nobody"),
            "a person",
        ),
        Field("team", "Team", Kind.CHOICE, _is_of, choices.teams, choices.rows(Team, "mine"), "a team"),
        Field(
            "inbox",
            "Inbox",
            Kind.CHOICE,
            lambda values, agent: _came_through(Inbox.id.in_(choices.ids(values))),
            choices.inboxes,
            choices.rows(Inbox),
            "an inbox",
        ),
        Field(
            "channel",
            "Channel",
            Kind.CHOICE,
            lambda values, agent: _came_through(Inbox.channel.in_(values)),
            choices.channels,
            choices.known_channels,
            "the channel",
        ),
        Field("tag", "Tag", Kind.CHOICE, _is_tagged, choices.tags, choices.known_tags, "the tag", is_words=True),
        Field(
            "priority",
            "Priority",
            Kind.CHOICE,
            lambda values, agent: Ticket.priority.in_([Priority(one) for one in values]),
            lambda agent: choices.PRIORITIES,
            choices.among(choices.PRIORITIES),
            "the priority",
        ),
        Field("waits", "Waits longer than", Kind.MINUTES, _has_waited),
        Field(
            "closes",
            "Reply window closes within",
            Kind.MINUTES,
            lambda values, agent: reply_windows.closing(timedelta(minutes=int(values[0]))),
        ),
        Field(
            "writer",
            "Last written by",
            Kind.CHOICE,
            _last_is_by,
            lambda agent: choices.WRITERS,
            choices.among(choices.WRITERS),
            "the writer",
        ),
        Field("unread", "Unread by me", Kind.FLAG, lambda values, agent: is_unread(agent)),
        Field("draft", "Has a draft of mine", Kind.FLAG, lambda values, agent: _is_drafted(agent)),
        Field("failed", "A message failed", Kind.FLAG, lambda values, agent: _has_failed()),
        Field("mentioned", "Mentions me", Kind.FLAG, lambda values, agent: is_mentioned(agent)),
    )
}
