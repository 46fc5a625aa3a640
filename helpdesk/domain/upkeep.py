"""Housekeeping of the desk itself: signs of life, leases of what may run only once, and what is due."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import changed, db, insert_or_ignore
from helpdesk.domain import outbox, standing
from helpdesk.domain.scheduling import releasing
from helpdesk.domain.search import index
from helpdesk.models import (
    Attachment,
    AttachmentState,
    Consumer,
    Conversation,
    Heartbeat,
    Identity,
    Inbox,
    InboxState,
    Ledger,
    LedgerState,
    Outbox,
    OutboxState,
    Reaction,
    Setting,
)

WAITS = "waits:"  # settings of this name and a process's tell why it takes no work
GONE = timedelta(hours=1)  # without a sign of life


def beat(name: str, *, pid: int) -> None:
    """The process `name` is alive."""
    now = clock.now()
    if not changed(sa.update(Heartbeat).where(Heartbeat.name == name).values(at=now, pid=pid)):
        db.session.execute(insert_or_ignore(Heartbeat).values(name=name, at=now, pid=pid))
    db.session.execute(sa.delete(Setting).where(Setting.name == WAITS + name))


def waits(name: str, *, why: str) -> None:
    """The process `name` is there, but takes no work. It keeps silent otherwise, so that nobody counts on it."""
    row = db.session.get(Setting, WAITS + name) or Setting(name=WAITS + name)
    row.value = {"why": why, "at": clock.now().isoformat()}
    db.session.add(row)


def waiting(*, within: timedelta) -> Mapping[str, str]:
    """Why processes take no work, by their names; only what was said this recently."""
    rows = db.session.scalars(sa.select(Setting).where(Setting.name.startswith(WAITS, autoescape=True)))
    oldest = clock.now() - within
    fresh = [row for row in rows if datetime.fromisoformat(row.value["at"]) > oldest]
    return {row.name.removeprefix(WAITS): str(row.value["why"]) for row in fresh}


def heartbeats() -> Mapping[str, datetime]:
    """The last sign of life of each process."""
    return {row.name: row.at for row in db.session.execute(sa.select(Heartbeat.name, Heartbeat.at))}


def forget_silent(*, but: Collection[str]) -> None:
    """Processes beyond those that every desk has (`but`), of which nothing was heard for an hour, are no more."""
    gone = sa.delete(Heartbeat).where(Heartbeat.name.not_in(but), Heartbeat.at < clock.now() - GONE)
    db.session.execute(gone)


def lease(name: str, *, token: str, lasts: timedelta) -> bool:
    """Takes or keeps the lease of what may run only once. False while somebody else holds it."""
    now = clock.now()
    db.session.execute(insert_or_ignore(Consumer).values(name=name, seq=0, token=""))
    taken = (
        sa.update(Consumer)
        .where(Consumer.name == name)
        .where(
            sa.or_(
                Consumer.token == token,
                Consumer.lease_until.is_(None),
                Consumer.lease_until < now,
                Consumer.lease_until > now + lasts,  # nobody takes one for longer: the clock was set back
            )
        )
        .values(token=token, lease_until=now + lasts)
    )
    return bool(changed(taken))


def release(name: str, *, token: str) -> None:
    """Gives the lease back, so that a successor need not wait for its end."""
    db.session.execute(
        sa.update(Consumer).where(Consumer.name == name, Consumer.token == token).values(lease_until=None, token="")
    )


def holders(machine: str) -> set[int]:
    """The pids of all whose claims begin with `machine`. Reads only."""
    claims = sa.union(
        sa.select(Ledger.token).where(Ledger.state == LedgerState.NEW),
        sa.select(Outbox.token).where(Outbox.state.in_((OutboxState.CLAIMED, OutboxState.CALLING))),
        sa.select(Consumer.token),
    ).subquery()
    theirs = sa.select(claims.c.token).where(claims.c.token.startswith(machine, autoescape=True))
    pids = (token.removeprefix(machine).partition(":")[0] for token in db.session.execute(theirs).scalars())
    return {int(pid) for pid in pids if pid.isdecimal()}


def free(holder: str) -> None:
    """Gives back every lease of a process that is dead."""
    theirs = Consumer.token.startswith(holder, autoescape=True)
    db.session.execute(sa.update(Consumer).where(theirs).values(lease_until=None, token=""))


def due() -> set[str]:
    """The bells to ring: what the tables say is waiting, whether or not somebody rang for it. Reads only."""
    now = clock.now()
    waiting = {
        "intake": sa.exists().where(
            Ledger.state == LedgerState.NEW, sa.or_(Ledger.lease_until.is_(None), Ledger.lease_until < now)
        ),
        "delivery": sa.exists().where(
            Outbox.state == OutboxState.QUEUED,
            Outbox.next_at <= now,
            Inbox.id == Outbox.inbox_id,
            Inbox.state == InboxState.WORKING,
            Inbox.removed_at.is_(None),
        ),
        "outbox": sa.exists().where(outbox.is_left_behind(now)),
        "scheduling": sa.exists().where(releasing.is_due(now)),
        "snoozed": sa.exists().where(standing.is_due(now)),
        "media": sa.exists().where(Attachment.state == AttachmentState.PENDING, Attachment.next_at <= now),
        "profiles": sa.exists().where(Identity.profile_due_at <= now),
        "indexing": index.is_behind(),
        "signs": sa.or_(sa.exists().where(Reaction.next_at <= now), sa.exists().where(Conversation.seen_due_at <= now)),
    }
    found = db.session.execute(sa.select(*(condition.label(name) for name, condition in waiting.items()))).one()
    return {name for name, is_due in found._mapping.items() if is_due}
