"""The ledger: every signed webhook as it came, claimed for work under a lease, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import defer

from helpdesk import clock, failpoints
from helpdesk.db import changed, db, insert_or_ignore, is_sqlite
from helpdesk.errors import NotFound
from helpdesk.models import Inbox, Ledger, LedgerState
from helpdesk.secrets import claim_token

LEASE = timedelta(seconds=60)
BATCH = 20
OLDEST = 1000  # rows among which lanes take turns one by one
MAX_ATTEMPTS = 3
RESTS = timedelta(seconds=15)  # before the last try: what killed others beside it may be over by then
GAVE_UP = f"working on it stopped the worker {MAX_ATTEMPTS} times"


@dataclass(frozen=True)
class Raw:
    """A signed body. `route` is Telegram's inbox key, else ''; `lane` is the account and sender of its first item."""

    channel: str
    route: str
    lane: str
    body: bytes

    @cached_property
    def digest(self) -> str:
        """By this the same bytes are known again."""
        return hashlib.sha256(self.body).hexdigest()


def store_many(rows: Sequence[Raw]) -> None:
    """Keeps the bodies; the same bytes once more are passed over."""
    received_at = clock.now()
    db.session.execute(
        insert_or_ignore(Ledger),
        [
            {
                "channel": row.channel,
                "route": row.route,
                "lane": row.lane[:300],
                "sha256": row.digest,
                "raw": row.body,
                "received_at": received_at,
                "state": LedgerState.NEW,
                "attempts": 0,
                "token": "",
                "error": "",
            }
            for row in rows
        ],
    )
    failpoints.hit("ledger.before_commit")


def claim() -> list[Ledger]:
    """The next rows to work on, leased for a minute; [] when there are none. Lanes take turns. The attempt is counted
    before the work, and a row that was tried before comes alone: so only the one that kills is quarantined. It comes
    first, since in a busy hour there is always a fresh one; its tries are few."""
    now = clock.now()
    tried = _free(now).where(Ledger.attempts > 0).order_by(Ledger.id).limit(1)
    rows = _lock(tried.with_only_columns(Ledger.id)) or _lock(_fair(now))
    if rows and rows[0].attempts >= MAX_ATTEMPTS:
        finish(rows[0], LedgerState.QUARANTINED, error=rows[0].error or GAVE_UP)
        return claim()
    token = claim_token()
    for row in rows:
        row.attempts += 1
        row.is_begun, row.lease_until, row.token = False, now + LEASE, token
    return rows


def begin(id: int, token: str) -> None:
    """A further attempt at a row that is ours goes to work now. Until then its worker may have died of anything."""
    changed(sa.update(Ledger).where(Ledger.id == id, Ledger.token == token).values(is_begun=True))


def stored(row: Ledger) -> Raw:
    """A row's body and where it came from."""
    return Raw(row.channel, row.route, row.lane, row.raw)


def locked(id: int) -> Ledger:
    """The row under lock, without its body being needed."""
    return db.session.get_one(Ledger, id, with_for_update=True, options=[defer(Ledger.raw)])


def is_mine(row: Ledger, token: str) -> bool:
    """Is the row still leased to this claim? Asked again in the transaction that does the work."""
    return row.state is LedgerState.NEW and row.token == token


def finish(row: Ledger, state: LedgerState, *, error: str = "") -> None:
    row.state, row.error, row.processed_at, row.lease_until = state, error[:4000], clock.now(), None


def free(holder: str) -> None:
    """Whoever claimed as `holder` is dead: what it had is free at once. Rows are worked on in the order of their ids:
    for the first that is left the attempt stays counted, the others had not been begun; nor has a further attempt that
    does not say so. Whose last try is next rests a while: in a storm everybody dies, whatever they work on."""
    theirs = sa.and_(Ledger.state == LedgerState.NEW, Ledger.token.startswith(holder, autoescape=True))
    first = list(db.session.execute(sa.select(sa.func.min(Ledger.id)).where(theirs).group_by(Ledger.token)).scalars())
    is_begun = sa.and_(Ledger.id.in_(first), sa.or_(Ledger.attempts == 1, Ledger.is_begun))
    changed(sa.update(Ledger).where(theirs, sa.not_(is_begun)).values(attempts=Ledger.attempts - 1))
    is_last_next = sa.and_(Ledger.id.in_(first), Ledger.attempts == MAX_ATTEMPTS - 1)
    rest = sa.case((is_last_next, clock.now() + RESTS), else_=sa.null())
    changed(sa.update(Ledger).where(theirs).values(token="", lease_until=rest))


def come_back(row: Ledger, *, after: timedelta) -> None:
    """Something that it needs is not there yet: worked on again later, as if it had not been tried."""
    row.attempts -= 1
    row.token, row.lease_until = "", clock.now() + after


def failed(row: Ledger, *, error: str) -> None:
    """Working on it failed as a whole: tried again in a moment, quarantined after the third time."""
    row.error, row.token = error[:4000], ""
    if row.attempts >= MAX_ATTEMPTS:
        finish(row, LedgerState.QUARANTINED, error=error)
    else:
        row.lease_until = clock.now() + timedelta(seconds=2**row.attempts)


def rerun(id: int) -> Ledger:
    """Puts a row through intake again; what was applied already changes nothing. Raises NotFound."""
    row = get(id)
    renew(Ledger.id == row.id)
    return row


def replay(*, since: datetime | None, channel: str | None, account: str | None, failed_only: bool) -> int:
    """Puts stored webhooks through intake again. Answers how many. With `account`: those that name it anywhere, and
    those of its channel of which nobody can read whom they name."""
    conditions: list[sa.ColumnElement[bool]] = [Ledger.state != LedgerState.NEW]
    if since is not None:
        conditions.append(Ledger.received_at >= since)
    if channel is not None:
        conditions.append(Ledger.channel == channel)
    if account is not None:
        is_unreadable = sa.and_(Ledger.lane == "", Ledger.state.in_((LedgerState.QUARANTINED, LedgerState.UNMATCHED)))
        conditions.append(sa.or_(_mentions(account), is_unreadable))
    if failed_only:
        conditions.append(Ledger.state.in_((LedgerState.PARTLY, LedgerState.QUARANTINED)))
    return renew(*conditions)


def is_for(inbox: Inbox) -> sa.ColumnElement[bool]:
    """The condition on `ledger`: its first item names this inbox."""
    return sa.and_(Ledger.channel == inbox.channel, _names(inbox.account_id))


def get(id: int) -> Ledger:
    row = db.session.get(Ledger, id) if 0 < id < 2**63 else None
    if row is None:
        raise NotFound
    return row


def listing(*conditions: sa.ColumnElement[bool], before: int | None = None, limit: int = 50) -> Sequence[Ledger]:
    """Rows, newest first, without their bodies being needed: for owners."""
    found = sa.select(Ledger).options(defer(Ledger.raw)).where(*conditions).order_by(Ledger.id.desc()).limit(limit)
    if before is not None:
        found = found.where(Ledger.id < before)
    return db.session.execute(found).scalars().all()


def counts() -> Mapping[str, int]:
    found = sa.select(Ledger.state, sa.func.count()).group_by(Ledger.state)
    return {state.value: count for state, count in db.session.execute(found)}


def _free(now: datetime) -> sa.Select[Ledger]:
    is_free = sa.or_(Ledger.lease_until.is_(None), Ledger.lease_until < now)
    return sa.select(Ledger).where(Ledger.state == LedgerState.NEW, is_free)


def _fair(now: datetime) -> sa.Select[int]:
    """Fresh rows, the first of each lane before the second of any: one busy customer does not hold up the others."""
    fresh = _free(now).where(Ledger.attempts == 0).with_only_columns(Ledger.id, Ledger.lane)
    # Ranking a whole long queue would make it longer. Behind the oldest, the first row of each further lane is enough.
    oldest = fresh.order_by(Ledger.id).limit(OLDEST).subquery()
    turn = sa.func.row_number().over(partition_by=oldest.c.lane, order_by=oldest.c.id)
    behind = fresh.where(Ledger.lane.not_in(sa.select(oldest.c.lane))).subquery()
    first = sa.func.min(behind.c.id)
    further = sa.select(first.label("id")).group_by(behind.c.lane).order_by(first).limit(BATCH).subquery()
    turns = sa.union_all(
        sa.select(oldest.c.id, turn.label("turn")), sa.select(further.c.id, sa.literal(1).label("turn"))
    ).subquery()
    return sa.select(turns.c.id).order_by(turns.c.turn, turns.c.id).limit(BATCH)


def _lock(ids: sa.Select[int]) -> list[Ledger]:
    """Takes the rows' locks, leaves out what another worker holds, and asks under the lock whether they are free."""
    wanted = list(db.session.execute(ids).scalars())
    if not wanted:
        return []
    found = _free(clock.now()).where(Ledger.id.in_(wanted)).order_by(Ledger.id)
    return list(db.session.execute(found.with_for_update(skip_locked=True)).scalars())


def _names(account: str) -> sa.ColumnElement[bool]:
    return sa.or_(Ledger.lane == account, Ledger.lane.startswith(f"{account}:", autoescape=True))


def _mentions(account: str) -> sa.ColumnElement[bool]:
    """The account's id stands somewhere in the bytes: a body may speak of several accounts, and its lane names one.
    One too many does no harm: what was applied changes nothing."""
    place = sa.func.instr if is_sqlite() else sa.func.pg_catalog.position
    return place(Ledger.raw, sa.literal(account.encode(), sa.LargeBinary)) > 0


def renew(*conditions: sa.ColumnElement[bool]) -> int:
    """Puts these rows through intake again. Answers how many."""
    renewed = sa.update(Ledger).where(*conditions)
    return changed(renewed.values(state=LedgerState.NEW, attempts=0, lease_until=None, token="", error=""))
