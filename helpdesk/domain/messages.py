"""What agents and programs write: replies in as many parts as the channel needs, notes, reactions, and second tries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Permission
from helpdesk.db import db
from helpdesk.domain import amendments, arrivals, composing, events, locks, outbox, signs, tickets, waits
from helpdesk.domain import mentions as mentioning
from helpdesk.domain.composing import Part
from helpdesk.domain.events import Actor, Viewer
from helpdesk.domain.search import index
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import (
    Agent,
    AuthorKind,
    Conversation,
    Direction,
    EventKind,
    Message,
    MessageStatus,
    Outbox,
    OutboxState,
    Reaction,
    Reactor,
    RequestState,
    Ticket,
)
from helpdesk.text import clean_line, clean_text

MAX_CLIENT_ID = 64


def reply(
    ticket: Ticket,
    *,
    client_id: str,
    text: str = "",
    uploads: Sequence[str] = (),
    reply_to: int | None = None,
    quick_replies: Sequence[tuple[str, str]] = (),
    template: Sequence[dict[str, Any]] = (),
    is_heart: bool = False,
    seen: int | None = None,
    anyway: bool = False,
    by: Viewer,
) -> list[Message]:
    """Queues an answer: one message and one outbox row for each part that the channel needs, in order.

    `uploads` are public ids of the writer's own uploads; `seen` is the id of the newest message that they saw. A
    `client_id` that is known answers with its messages, before anything else is asked. Raises Invalid with a sentence,
    and Conflict with `messages` (ids) when a colleague or a rule has answered since, unless `anyway`."""
    locks.conversation(ticket.conversation_id)  # the same client id twice at once is one message
    conversation = ticket.conversation
    known = known_as(conversation, client_id)
    if known:
        return known
    _guard_place(ticket)
    _guard_window(conversation, is_typed=isinstance(by, Agent))
    if not anyway:
        _guard_colleague(conversation, seen=seen, by=by)
    quoted = _quoted(conversation, reply_to)
    parts = composing.parts(
        conversation.inbox.channel,
        text=clean_text(text).strip(),
        uploads=composing.own_uploads(uploads, by=by),
        quick_replies=quick_replies,
        template=template,
        is_heart=is_heart,
    )
    facts = {"is_seen": signs.answered(conversation)}
    messages = []
    for number, part in enumerate(parts, start=1):
        message = _outbound(ticket, part, client_id=client_id, number=number, of=len(parts), by=by)
        message.reply_to = quoted if number == 1 else None
        messages.append(_queue(message, by=by, **facts))
    return messages


def note(ticket: Ticket, *, client_id: str, text: str, mentions: Collection[int] = (), by: Viewer) -> Message:
    """A note for colleagues; no customer ever sees it. Whom it names behind an @ is called;
    `mentions` are the ids of those chosen in the menu. The same `client_id` is the same note. Raises Invalid."""
    locks.conversation(ticket.conversation_id)
    known = known_as(ticket.conversation, client_id)
    if known:
        return known[0]
    if ticket.is_merged:
        raise Invalid(f"This ticket was merged into {tickets.survivor(ticket).number}: write your note there.")
    text = clean_text(text).strip()
    if not text:
        raise Invalid("The note is empty.")
    message = Message(direction=Direction.NOTE, text=text, status=MessageStatus.SENT, **_written(ticket, client_id, by))
    db.session.add(message)
    db.session.flush()
    index.add(message)
    called = mentioning.keep(message, ticket, chosen=mentions, by=by)
    events.record(EventKind.NOTE_ADDED, ticket, by=Actor.of(by), message=message, assignee=ticket.assignee_id)
    mentioning.tell(message, ticket, called, by=by)
    return message


def react(message: Message, *, emoji: str, by: Agent) -> None:
    """Our reaction to a customer's message; "" takes it back. The platform is told by the workers. Raises Invalid."""
    locks.conversation(message.conversation_id)
    emoji, now = clean_line(emoji, 16), clock.now()
    if not message.is_inbound or message.platform_id is None or message.deleted_at:
        raise Invalid("Only a customer's message can be reacted to.")
    _guard_window(message.conversation)
    reaction = next((one for one in message.reactions if one.reactor is Reactor.US), None)
    if (reaction.emoji if reaction else "") == emoji:
        return
    if reaction is None:
        reaction = Reaction(reactor=Reactor.US, emoji=emoji, at=now)
        message.reactions.append(reaction)
    reaction.emoji, reaction.at, reaction.agent_id = emoji, now, by.id
    reaction.next_at, reaction.attempts, reaction.error = now, 0, ""
    _tell(EventKind.MESSAGE_REACTION, message, by=Actor.of(by))


def claim(message: Message, *, by: Agent) -> None:
    """ "This was me": an answer from the platform's own app was this agent's, and the wait that it ended is to their
    credit. Raises Conflict for any other message, and for one that somebody has claimed."""
    _from_the_app(message)
    if message.agent is by:
        return
    if message.agent is not None:
        raise Conflict(f"{message.agent.name} has said already that this was them.")
    _credit(message, by, is_outside=False)
    _tell(EventKind.MESSAGE_CLAIMED, message, by=Actor.of(by))


def disclaim(message: Message, *, by: Agent) -> None:
    """It was not them after all. Raises Conflict when they have not claimed it."""
    _from_the_app(message)
    if message.agent is not by:
        raise Conflict("You have not claimed this answer.")
    _credit(message, None, is_outside=True)
    _tell(EventKind.MESSAGE_CLAIMED, message, by=Actor.of(by))


def retry(message: Message, *, by: Agent) -> None:
    """Sends a failed message once more. Raises Conflict when it is not failed."""
    row = _row(message, OutboxState.FAILED, OutboxState.CANCELLED)
    _guard_window(message.conversation, is_typed=message.token_id is None)
    outbox.retry(row)


def try_now(message: Message, *, by: Agent) -> None:
    """Does not wait for the time of the next try. Raises Conflict when it is not queued."""
    outbox.hasten(_row(message, OutboxState.QUEUED))


def confirm(message: Message, *, by: Agent) -> None:
    """ "It arrived": a person has looked. Raises Conflict when nobody asks any more."""
    outbox.confirm(_row(message, OutboxState.REVIEW), by=Actor.of(by))


def send_again(message: Message, *, by: Agent) -> None:
    """A person decides that an uncertain message goes out once more, and may reach the customer twice."""
    row = _row(message, OutboxState.REVIEW)
    _guard_window(message.conversation, is_typed=message.token_id is None)
    outbox.retry(row)
    row.detail = f"sent again by {by.name}"


def cancel(message: Message, *, by: Agent) -> None:
    """Takes back what is still queued. Raises Conflict once it is on its way."""
    outbox.cancel(_row(message, OutboxState.QUEUED))


def remove(message: Message, *, by: Agent) -> None:
    """Takes a message that was never sent off the page. Raises Conflict for any other."""
    row = _row(message, OutboxState.FAILED, OutboxState.CANCELLED)
    ticket, element = message.ticket, message.dom_id
    db.session.delete(row)
    for attachment in list(message.attachments):
        db.session.delete(attachment)
    db.session.flush()
    db.session.delete(message)
    db.session.flush()
    if ticket is not None:
        amendments.show_newest(ticket)
        events.record(EventKind.MESSAGE_REMOVED, ticket, by=Actor.of(by), element=element)


def _from_the_app(message: Message) -> None:
    locks.conversation(message.conversation_id)
    db.session.refresh(message)
    if message.direction is not Direction.OUTBOUND or message.author_kind is not AuthorKind.APP:
        raise Conflict("Only an answer from the platform's own app can be claimed.")


def _credit(message: Message, agent: Agent | None, *, is_outside: bool) -> None:
    message.agent = agent
    db.session.flush()
    if message.ticket is not None:
        replier_id = agent.id if agent is not None else None
        waits.credit(message.ticket, at=message.at, replier_id=replier_id, is_outside=is_outside)


def known_as(conversation: Conversation, client_id: str) -> list[Message]:
    """The messages that were written under this id before. Raises Invalid for what cannot be an id."""
    if not client_id or len(client_id) > MAX_CLIENT_ID or not client_id.replace("-", "").isalnum():
        raise Invalid("The page sent a message without a usable id. Reload the page and send it again.")
    found = sa.select(Message).where(Message.conversation_id == conversation.id, Message.client_id == client_id)
    return list(db.session.execute(found.order_by(Message.part)).scalars())


def _guard_place(ticket: Ticket) -> None:
    """An answer in an old ticket would leave the customer waiting in the new one; and who answers a request has let
    the stranger in without saying so."""
    if ticket.is_merged:
        raise Invalid(f"This ticket was merged into {tickets.survivor(ticket).number}: answer there.")
    if ticket.is_request:
        raise Invalid("This is a message request: accept it first, then answer.")
    if ticket.conversation.request is RequestState.BLOCKED:
        raise Invalid("They are blocked: unblock them first, then answer.")
    current = tickets.goes_on_in(ticket)
    if current is not None:
        raise Invalid(f"This ticket is closed, and the conversation goes on in ticket {current.number}: answer there.")


def _guard_window(conversation: Conversation, *, is_typed: bool = True) -> None:
    allowed = outbox.permission(conversation, is_typed=is_typed)
    if allowed.permission is Permission.NOTHING:
        raise Invalid(allowed.reason)


def _guard_colleague(conversation: Conversation, *, seen: int | None, by: Viewer) -> None:
    """Asks only when somebody else answered after what the agent saw: not when the customer wrote more."""
    if seen is None:
        return
    own = Message.agent_id if isinstance(by, Agent) else Message.token_id
    newer = sa.select(Message).where(
        Message.conversation_id == conversation.id,
        Message.id > seen,
        Message.direction == Direction.OUTBOUND,
        Message.status.not_in((MessageStatus.FAILED, MessageStatus.CANCELLED)),
        sa.or_(own.is_(None), own != by.id),
    )
    answers = list(db.session.execute(newer.order_by(Message.id)).scalars())
    if answers:
        name = answers[-1].writer.name if answers[-1].writer else "Somebody in the app"
        raise Conflict(f"{name} has answered since you looked. Send anyway?", messages=[one.id for one in answers])


def _quoted(conversation: Conversation, id: int | None) -> Message | None:
    if id is None:
        return None
    quoted = db.session.get(Message, id)
    if quoted is None or quoted.conversation_id != conversation.id or quoted.platform_id is None:
        raise Invalid("The quoted message is not in this conversation, or the platform does not know it.")
    return quoted


def _outbound(ticket: Ticket, part: Part, *, client_id: str, number: int, of: int, by: Viewer) -> Message:
    message = Message(
        direction=Direction.OUTBOUND,
        text=part.text,
        data=part.data,
        status=MessageStatus.QUEUED,
        part=number,
        parts=of,
        **_written(ticket, client_id, by),
    )
    composing.attach(message, part)
    return message


def _queue(message: Message, *, by: Viewer, **facts: Any) -> Message:
    db.session.add(message)
    outbox.queue(message)
    db.session.flush()
    index.add(message)
    arrivals.touch(message)
    _tell(EventKind.MESSAGE_QUEUED, message, by=Actor.of(by), **facts)
    return message


def _written(ticket: Ticket, client_id: str, by: Viewer) -> dict[str, Any]:
    now = clock.now()
    return {
        "ticket": ticket,
        "conversation": ticket.conversation,
        "inbox_id": ticket.conversation.inbox_id,
        "author_kind": AuthorKind.AGENT if isinstance(by, Agent) else AuthorKind.TOKEN,
        "agent" if isinstance(by, Agent) else "token": by,
        "client_id": client_id,
        "at": now,
        "received_at": now,
        "created_at": now,
    }


def _row(message: Message, *states: OutboxState) -> Outbox:
    """The message's outbox row, locked, in one of these states. Raises Conflict in any other."""
    locks.conversation(message.conversation_id)
    found = sa.select(Outbox).where(Outbox.message_id == message.id).with_for_update()
    row = db.session.execute(found).scalar_one_or_none()
    if row is None or row.state not in states:
        raise Conflict("This message has moved on in the meantime: look at its state again.")
    return row


def _tell(kind: EventKind, message: Message, *, by: Actor, **facts: Any) -> None:
    if message.ticket is not None:
        events.record(kind, message.ticket, by=by, message=message, **facts)
