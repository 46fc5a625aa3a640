"""The outbox: one row for each message to be sent, claimed once, called once, settled by one of three typed outcomes.

Only a typed refusal is tried again by itself. What may have arrived is never sent again blindly: an echo settles it, or
people do."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from helpdesk import clock
from helpdesk.channels.contract import (
    Accepted,
    Account,
    History,
    Outcome,
    Permission,
    RefusalKind,
    Refused,
    SendPermission,
)
from helpdesk.db import db
from helpdesk.domain import amendments, attempts, channels, events, folding, inboxes, locks, waits
from helpdesk.domain.events import Actor
from helpdesk.models import (
    HOLDING,
    AttemptResult,
    Conversation,
    EventKind,
    Identity,
    Inbox,
    InboxState,
    Message,
    MessageStatus,
    Outbox,
    OutboxState,
)
from helpdesk.secrets import claim_token, new_token

CLAIM_LEASE = timedelta(seconds=30)
CALL_DEADLINE = timedelta(seconds=30)  # of the HTTP call itself
UNKNOWN_FOR = timedelta(seconds=90)  # from the call on; then people decide
CALLS_PER_INBOX = 4
BACK_OFF = timedelta(seconds=1)  # doubled each time, ± 20 %
BACK_OFF_CAP = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
HOLDS_BACK_FOR = timedelta(minutes=10)  # how long a row that waits may hold back those after it

LATE = "late"  # of a message's data: the platform said that the normal window is over, so it goes as a late answer

UNCERTAIN = "We are checking whether it arrived."
MAY_HAVE_ARRIVED = "Not confirmed: it may have arrived. Look before you send it again."
HELD_BACK = (
    "It could not be sent for 10 minutes, and other messages were waiting behind it. Send it again or delete it."
)
NOT_CONNECTED = "Its inbox is not connected any more. Nothing can be sent through it."
PEOPLE_ALONE = "Only a person may answer now: the customer's last message is too old for a program."
GAVE_UP = "It could not be sent for a day. Send it again or delete it."


# What a call, and what becomes of it, will look at.
WITH_ALL = (
    joinedload(Outbox.message, innerjoin=True).options(
        joinedload(Message.ticket), joinedload(Message.agent), joinedload(Message.attachments)
    ),
    joinedload(Outbox.conversation, innerjoin=True).joinedload(Conversation.inbox, innerjoin=True),
    joinedload(Outbox.conversation, innerjoin=True)
    .joinedload(Conversation.identity, innerjoin=True)
    .joinedload(Identity.keys),
    joinedload(Outbox.calls),
)


def queue(message: Message) -> Outbox:
    """The row that will send this message. Its conversation's rows go out one by one, oldest first."""
    now = clock.now()
    row = Outbox(
        key=new_token(),
        message=message,
        conversation=message.conversation,
        inbox_id=message.inbox_id,
        queued_at=now,
        next_at=now,
    )
    db.session.add(row)
    return row


def permission(conversation: Conversation, *, is_typed: bool = True) -> SendPermission:
    """What may be sent in this conversation now. `is_typed`: by a person; platforms forbid programs more."""
    return _permission(conversation, clock.now(), is_typed=is_typed)


def permission_of(row: Outbox) -> SendPermission:
    """What may be sent now, for this row: of one that the platform refused as late, what it may be sent as."""
    is_typed, is_told_closed = row.message.token_id is None, bool(row.message.data.get(LATE))
    return _permission(row.conversation, clock.now(), is_typed=is_typed, is_told_closed=is_told_closed)


def claim() -> Outbox | None:
    """The next row that is due, leased to the caller; None when there is none. One row of a conversation at a time, the
    oldest first; at most four of an inbox."""
    locks.alone("outbox.claim")
    now = clock.now()
    found = _claimable(now).order_by(Outbox.next_at, Outbox.id).limit(1).with_for_update(skip_locked=True, of=Outbox)
    row = db.session.execute(found).scalar_one_or_none()
    if row is None:
        return None
    row.state, row.token, row.lease_until = OutboxState.CLAIMED, claim_token(), now + CLAIM_LEASE
    row.attempts += 1
    return row


def locked(id: int) -> Outbox:
    """The row, with its conversation held: what becomes of a call changes tickets and waits."""
    conversation = sa.select(Outbox.conversation_id).where(Outbox.id == id)
    locks.conversations(db.session.execute(conversation).scalars())
    return db.session.get_one(Outbox, id, with_for_update={"of": Outbox}, options=WITH_ALL)


def begin_call(row: Outbox, token: str) -> bool:
    """Marks the claimed row `calling`, unless it was taken away or may not be sent any more. True: call now, once."""
    locks.conversation(row.conversation_id)
    if row.state is not OutboxState.CLAIMED or row.token != token:
        return False
    allowed = permission_of(row)
    if allowed.permission is Permission.NOTHING:
        settle(row, Refused(RefusalKind.WINDOW_CLOSED, allowed.reason))
        return False
    now = clock.now()
    row.state, row.called_at, row.lease_until = OutboxState.CALLING, now, now + CALL_DEADLINE
    attempts.began(row, at=now)
    _show(row, MessageStatus.SENDING, EventKind.MESSAGE_SENDING)
    return True


def put_back(row: Outbox, token: str) -> None:
    """The caller did not call after all (it was asleep for too long): the row is as good as never claimed."""
    locks.conversation(row.conversation_id)
    if row.state is OutboxState.CALLING and row.token == token:
        row.state, row.next_at, row.lease_until = OutboxState.QUEUED, clock.now(), None
        attempts.ended(row, AttemptResult.NOT_CALLED)
        _show(row, MessageStatus.QUEUED)


def settle(row: Outbox, outcome: Outcome, *, token: str | None = None, account: Account | None = None) -> None:
    """Takes in what became of the call. With `token`: only if nobody has claimed the row since. An acceptance counts
    whenever it comes, since the customer has the message; a refusal until people have decided, since they have not.
    `account` is what it was asked with: of one that was connected again meanwhile a refusal says nothing."""
    locks.conversation(row.conversation_id)
    if isinstance(outcome, Accepted):
        _accepted(row, outcome)
        return
    if token is not None and (row.token != token or row.state not in (*HOLDING, OutboxState.REVIEW)):
        return
    if isinstance(outcome, Refused):
        _refused(row, outcome, account)
    elif row.state is OutboxState.CALLING:
        _unknown(row, outcome.detail)


def retry(row: Outbox) -> None:
    """A person wants it sent (again): a new attempt, before all that was written after it."""
    now = clock.now()
    row.state, row.token, row.lease_until = OutboxState.QUEUED, "", None
    row.attempts, row.queued_at, row.next_at, row.settled_at = 0, now, now, None
    row.message.data = {name: value for name, value in row.message.data.items() if name != LATE}
    row.message.received_at = now  # it answers what has come until now
    _show(row, MessageStatus.QUEUED)


def hasten(row: Outbox) -> None:
    """It is due now; those who deliver are rung by the event."""
    if row.next_at > clock.now():
        row.next_at = clock.now()
        _show(row, MessageStatus.QUEUED, reason=row.message.status_reason)


def confirm(row: Outbox, *, by: Actor) -> None:
    """A person has seen that it arrived."""
    row.state, row.settled_at, row.lease_until = OutboxState.SENT, clock.now(), None
    row.detail = f"confirmed by {by.name}"
    _sent(row, by=by)


def cancel(row: Outbox) -> None:
    """It will not be sent. Only what certainly is not on its way can be cancelled."""
    row.state, row.settled_at = OutboxState.CANCELLED, clock.now()
    _show(row, MessageStatus.CANCELLED)


def left_behind() -> Sequence[int]:
    """Ids of rows that nobody moves on by themselves; each wants `move_on` in a transaction of its own."""
    found = sa.select(Outbox.id).where(is_left_behind(clock.now())).order_by(Outbox.id).limit(100)
    return db.session.execute(found).scalars().all()


def held_by(holder: str) -> Sequence[int]:
    """Ids of rows that a process holds; when it is dead, each wants `abandon` in a transaction of its own."""
    theirs = Outbox.token.startswith(holder, autoescape=True)
    found = sa.select(Outbox.id).where(Outbox.state.in_((OutboxState.CLAIMED, OutboxState.CALLING)), theirs)
    return db.session.execute(found.order_by(Outbox.id)).scalars().all()


def abandon(row: Outbox, holder: str) -> None:
    """Its holder is dead: what was only claimed is free, what was being called may have arrived."""
    if row.token.startswith(holder):
        _let_go(row, clock.now())


def is_left_behind(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on `outbox`: claims of dead workers, calls without an answer, the unknown that no echo settled,
    what holds back others for too long, and what waits for an inbox that was removed."""
    is_over = sa.and_(Outbox.state.in_(HOLDING), Outbox.lease_until < now)
    return sa.or_(is_over, _holds_back(now), _has_no_inbox())


def move_on(row: Outbox) -> None:
    """What becomes of a row that was left behind; nothing when it has moved on in the meantime."""
    now = clock.now()
    is_left = sa.select(Outbox.id).where(Outbox.id == row.id, is_left_behind(now))
    if db.session.execute(is_left).first() is None:
        return
    if row.state in (OutboxState.CLAIMED, OutboxState.CALLING):
        _let_go(row, now)
    elif row.state is OutboxState.UNKNOWN:
        _review(row)
    else:
        _failed(row, HELD_BACK if row.conversation.inbox.removed_at is None else NOT_CONNECTED)


def _let_go(row: Outbox, now: datetime) -> None:
    if row.state is OutboxState.CLAIMED:
        row.state, row.next_at, row.lease_until = OutboxState.QUEUED, now, None
    elif row.state is OutboxState.CALLING:
        _unknown(row, "the worker that called the platform died before it had an answer")


def _claimable(now: datetime) -> sa.Select[Outbox]:
    earlier, busy = aliased(Outbox), aliased(Outbox)
    is_first = ~sa.exists().where(
        earlier.conversation_id == Outbox.conversation_id,
        earlier.state.in_((OutboxState.QUEUED, *HOLDING)),
        sa.or_(earlier.id < Outbox.id, earlier.state.in_(HOLDING)),
    )
    calls = (
        sa.select(sa.func.count())
        .where(busy.inbox_id == Outbox.inbox_id, busy.state.in_((OutboxState.CLAIMED, OutboxState.CALLING)))
        .scalar_subquery()
    )
    return (
        sa.select(Outbox)
        .join(Inbox, Inbox.id == Outbox.inbox_id)
        .where(Outbox.state == OutboxState.QUEUED, Outbox.next_at <= now, is_first, calls < CALLS_PER_INBOX)
        .where(Inbox.state == InboxState.WORKING, Inbox.removed_at.is_(None))
    )


def _accepted(row: Outbox, outcome: Accepted) -> None:
    message, is_sent = row.message, row.state is OutboxState.SENT
    attempts.ended(row, AttemptResult.ACCEPTED)
    if is_sent and message.platform_id is not None:
        return  # it was sent twice, as a person wanted
    if outcome.platform_id:
        folding.fold(message, outcome.platform_id)
        message.platform_id = outcome.platform_id
    if not is_sent:
        row.state, row.settled_at, row.lease_until, row.detail = OutboxState.SENT, clock.now(), None, ""
        _sent(row, by=events.SYSTEM)
    amendments.apply_waiting(message)


def _sent(row: Outbox, *, by: Actor) -> None:
    message = row.message
    message.sent_at = clock.now()
    _show(row, MessageStatus.SENT, by=by)
    _tell_those_before(row)
    if message.ticket is not None and message.writer is not None:
        waits.replied(message.ticket, written_at=message.received_at, at=message.sent_at, replier_id=message.agent_id)


def _tell_those_before(row: Outbox) -> None:
    """What people have not decided about yet says how much went out after it: its page learns that there is more."""
    found = sa.select(Outbox).where(
        Outbox.conversation_id == row.conversation_id, Outbox.id < row.id, Outbox.state == OutboxState.REVIEW
    )
    for earlier in db.session.execute(found).scalars():
        _show(earlier, earlier.message.status, reason=earlier.message.status_reason)


def sent_after(row: Outbox) -> int:
    """How many messages of the conversation went out after this one was called."""
    found = sa.select(sa.func.count(Outbox.id)).where(
        Outbox.conversation_id == row.conversation_id, Outbox.id > row.id, Outbox.state == OutboxState.SENT
    )
    return db.session.execute(found).scalar_one()


def _unknown(row: Outbox, detail: str) -> None:
    since = row.called_at or clock.now()
    twin = folding.told_before(row.message, called_at=since, within=UNKNOWN_FOR)
    if twin is not None:
        _accepted(row, Accepted(twin))
        return
    row.state, row.lease_until, row.detail = OutboxState.UNKNOWN, since + UNKNOWN_FOR, detail
    attempts.ended(row, AttemptResult.UNKNOWN, detail)
    _show(row, MessageStatus.UNCERTAIN, reason=UNCERTAIN)


def _review(row: Outbox) -> None:
    row.state, row.lease_until = OutboxState.REVIEW, None
    _show(row, MessageStatus.UNCERTAIN, reason=MAY_HAVE_ARRIVED)


def _refused(row: Outbox, refusal: Refused, account: Account | None) -> None:
    row.detail, inbox = refusal.detail, row.conversation.inbox
    attempts.ended(row, AttemptResult.REFUSED, " ".join(filter(None, (refusal.reason, refusal.detail))))
    if refusal.kind in (RefusalKind.REAUTH, RefusalKind.SUSPENDED):
        if account is None or inboxes.is_current(inbox, account):
            inboxes.refused(inbox, refusal)
        _wait(row, refusal.reason, until=clock.now())
    elif refusal.kind in (RefusalKind.TEMPORARY, RefusalKind.RATE_LIMITED):
        if clock.now() - row.queued_at > GIVE_UP_AFTER:
            _failed(row, GAVE_UP)
        else:
            _wait(row, refusal.reason, until=clock.now() + (refusal.retry_after or _back_off(row.attempts)))
    elif refusal.kind is RefusalKind.WINDOW_CLOSED and _may_go_late(row):
        row.message.data = {**row.message.data, LATE: True}
        _wait(row, "", until=clock.now())
    else:
        _failed(row, refusal.reason)


def _may_go_late(row: Outbox) -> bool:
    """It was sent as within the normal window, of which the platform's own record says that it is over; and a person,
    who wrote it, may answer for longer. Once: what is late already is not late again."""
    if row.state is not OutboxState.CALLING or row.called_at is None or row.message.agent_id is None:
        return False
    was_free = not row.message.data.get(LATE)
    was_free = was_free and _permission(row.conversation, row.called_at).permission is Permission.FREE
    late = _permission(row.conversation, clock.now(), is_told_closed=True)
    return was_free and late.permission is Permission.HUMAN_AGENT


def _permission(
    conversation: Conversation, now: datetime, *, is_typed: bool = True, is_told_closed: bool = False
) -> SendPermission:
    history = History(
        last_inbound_at=conversation.last_inbound_at,
        has_human_agent=bool(conversation.inbox.options.get("human_agent")),
        is_told_closed=is_told_closed,
    )
    allowed = channels.of(conversation.inbox.channel).may_send(history, now)
    if allowed.permission is Permission.HUMAN_AGENT and not is_typed:
        return SendPermission(Permission.NOTHING, reason=PEOPLE_ALONE)
    return allowed


def _wait(row: Outbox, reason: str, *, until: datetime) -> None:
    row.state, row.next_at, row.lease_until = OutboxState.QUEUED, until, None
    _show(row, MessageStatus.QUEUED, reason=reason)


def _failed(row: Outbox, reason: str) -> None:
    row.state, row.settled_at, row.lease_until = OutboxState.FAILED, clock.now(), None
    _show(row, MessageStatus.FAILED, reason=reason)


def _back_off(attempts: int) -> timedelta:
    pause = min(BACK_OFF * 2 ** min(attempts - 1, 20), BACK_OFF_CAP)
    return pause * random.uniform(0.8, 1.2)


def _show(
    row: Outbox,
    status: MessageStatus,
    kind: EventKind = EventKind.MESSAGE_SETTLED,
    *,
    reason: str = "",
    by: Actor = events.SYSTEM,
) -> None:
    message = row.message
    message.status, message.status_reason = status, reason
    if message.ticket is not None:
        events.record(kind, message.ticket, by=by, message=message, status=status.value)


def _holds_back(now: datetime) -> sa.ColumnElement[bool]:
    """Has been tried, and has waited for ten minutes while others wait behind it."""
    later = aliased(Outbox)
    others_wait = sa.exists().where(
        later.conversation_id == Outbox.conversation_id, later.id > Outbox.id, later.state == OutboxState.QUEUED
    )
    may_go = sa.exists().where(Inbox.id == Outbox.inbox_id, Inbox.state == InboxState.WORKING)
    is_old = sa.and_(Outbox.attempts > 0, Outbox.queued_at < now - HOLDS_BACK_FOR)
    return sa.and_(Outbox.state == OutboxState.QUEUED, is_old, may_go, others_wait)


def _has_no_inbox() -> sa.ColumnElement[bool]:
    is_removed = sa.exists().where(Inbox.id == Outbox.inbox_id, Inbox.removed_at.is_not(None))
    return sa.and_(Outbox.state == OutboxState.QUEUED, is_removed)


def counts() -> Mapping[str, int]:
    """Rows by state, for health pages."""
    found = sa.select(Outbox.state, sa.func.count()).group_by(Outbox.state)
    return {state.value: count for state, count in db.session.execute(found)}
