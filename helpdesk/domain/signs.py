"""Signs to the customer that are no message: "seen", "typing", and our reactions. A lost one is no harm, except a
reaction, which is tried again: setting it twice is setting it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Account, Action, ActionKind, Channel, Outcome, RefusalKind, Refused, Unknown
from helpdesk.db import db
from helpdesk.domain import channels, events, inboxes, locks, outgoing
from helpdesk.models import Agent, Conversation, EventKind, Inbox, InboxState, Message, Reaction, Ticket
from helpdesk.secrets import KeyMissing

LEASE = timedelta(seconds=60)
TRIES = 5
UNTELLABLE = (KeyMissing, outgoing.NoAddress)


@dataclass(frozen=True)
class Call:
    """One sign, ready to be given without the database. `reaction_id` when the outcome is to be kept."""

    channel: Channel
    action: Action
    account: Account
    reaction_id: int | None = None


def saw(ticket: Ticket, *, by: Agent) -> None:
    """The assignee looked at the ticket: the platform is to be told, once for each new message."""
    if ticket.assignee_id == by.id:
        _seen_is_due(ticket.conversation)


def answered(conversation: Conversation) -> bool:
    """Somebody replied, and so has seen what was there. Is the platform to be told?"""
    _seen_is_due(conversation)
    return conversation.seen_due_at is not None


def claim_seen() -> Call | None:
    """The next "seen" to tell; None when none is due. It is taken as told before it is: a lost one is no harm."""
    now = clock.now()
    due = sa.select(Conversation).where(Conversation.seen_due_at <= now).order_by(Conversation.seen_due_at).limit(1)
    while (conversation := db.session.execute(due.with_for_update(skip_locked=True)).scalar_one_or_none()) is not None:
        conversation.seen_due_at, conversation.seen_told_at = None, now
        try:
            return _call(conversation, ActionKind.SEEN)
        except UNTELLABLE:
            continue  # the inbox's page says what is wrong with it
    return None


def typing(number: int) -> Call | None:
    """Tells the customer of ticket `number` that somebody is writing; None where the inbox does not, or cannot. Its end
    is not told: the platform ends it itself, after about 20 seconds or when the message comes."""
    found = sa.select(Conversation).join(Ticket).join(Inbox, Inbox.id == Conversation.inbox_id)
    found = found.where(Ticket.number == number, Inbox.tells_typing, Inbox.state == InboxState.WORKING)
    conversation = db.session.execute(found).scalar_one_or_none()
    try:
        return _call(conversation, ActionKind.TYPING_ON) if conversation is not None else None
    except UNTELLABLE:
        return None


def claim_reaction() -> Call | None:
    """The next reaction of ours to tell, leased for a minute; None when none is due."""
    now = clock.now()
    due = sa.select(Reaction).where(Reaction.next_at <= now).order_by(Reaction.next_at).limit(1)
    while (reaction := db.session.execute(due.with_for_update(skip_locked=True)).scalar_one_or_none()) is not None:
        reaction.attempts += 1
        reaction.next_at = now + LEASE
        kind, message = ActionKind.REACT if reaction.emoji else ActionKind.UNREACT, reaction.message
        try:
            return _call(message.conversation, kind, message=message, reaction=reaction)
        except UNTELLABLE as error:
            reaction.next_at, reaction.error = None, str(error)
    return None


def told(reaction_id: int, emoji: str, outcome: Outcome) -> None:
    """What became of telling a reaction. One that was changed in the meantime is told anew, whatever became of this."""
    conversation = sa.select(Message.conversation_id).join(Reaction).where(Reaction.id == reaction_id)
    locks.conversations(db.session.execute(conversation).scalars())
    reaction = db.session.get(Reaction, reaction_id, with_for_update=True)
    if reaction is None or reaction.emoji != emoji or reaction.next_at is None:
        return
    is_passing = isinstance(outcome, Unknown) or (
        isinstance(outcome, Refused) and outcome.kind in (RefusalKind.TEMPORARY, RefusalKind.RATE_LIMITED)
    )
    if is_passing and reaction.attempts < TRIES:
        pause = outcome.retry_after if isinstance(outcome, Refused) else None
        reaction.next_at = clock.now() + (pause or timedelta(seconds=2**reaction.attempts))
        return
    reaction.next_at = None
    if isinstance(outcome, Refused | Unknown):
        reaction.error = outcome.reason if isinstance(outcome, Refused) else "The platform did not answer."
        _tell(reaction.message)


def _seen_is_due(conversation: Conversation) -> None:
    inbox, told_at, last = conversation.inbox, conversation.seen_told_at, conversation.last_inbound_at
    if inbox.tells_seen and last is not None and (told_at is None or last > told_at):
        conversation.seen_due_at = conversation.seen_due_at or clock.now()


def _call(
    conversation: Conversation,
    kind: ActionKind,
    *,
    message: Message | None = None,
    reaction: Reaction | None = None,
) -> Call | None:
    channel = channels.of(conversation.inbox.channel)
    action = Action(
        to=outgoing.address(conversation.identity, channel),
        kind=kind,
        platform_id=(message.platform_id or "") if message is not None else "",
        emoji=reaction.emoji if reaction is not None else "",
    )
    return Call(channel, action, inboxes.account(conversation.inbox), reaction.id if reaction is not None else None)


def _tell(message: Message) -> None:
    if message.ticket is not None:
        events.record(EventKind.MESSAGE_REACTION, message.ticket, by=events.SYSTEM, message=message)
