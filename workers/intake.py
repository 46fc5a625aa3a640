"""Takes stored webhooks into tickets: claim, parse, apply, one transaction a row."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DBAPIError

from helpdesk import failpoints, logs
from helpdesk.channels.contract import MalformedPayload
from helpdesk.db import transaction
from helpdesk.domain import channels, events, inboxes, intake, ledger
from helpdesk.models import LedgerState
from workers import turns

log = structlog.get_logger(__name__)

TOLD = 50  # ids of messages in one line of the log


@dataclass(frozen=True)
class Claimed:
    """A row that is ours to work on. `inbox_ids`: those of its channel, by account id."""

    id: int
    token: str
    attempt: int
    stored: ledger.Raw
    inbox_ids: Mapping[str, int]


@dataclass(frozen=True)
class Done:
    """What became of a row, and the messages to which it has done something."""

    state: str
    messages: Sequence[int] = ()


def drain() -> int:
    """Works until no row is free, or as much as its turn allows. Answers how many batches that were."""
    return turns.take("intake", _some)


def _some() -> bool:
    rows = _claim()
    for row in rows:
        _work(row)
    return bool(rows)


def _claim() -> list[Claimed]:
    with transaction():
        rows = [row for row in ledger.claim() if row.state is LedgerState.NEW]
        inbox_ids = {channel: inboxes.ids(channel) for channel in {row.channel for row in rows}}
        claimed = [Claimed(row.id, row.token, row.attempts, ledger.stored(row), inbox_ids[row.channel]) for row in rows]
    if claimed:
        failpoints.hit("intake.claimed")
    return claimed


def _work(row: Claimed) -> None:
    """One row, and the line in the log that says what became of it."""
    began = time.monotonic()
    with logs.bound(ledger_id=row.id):
        done = _apply(row)
        took = round((time.monotonic() - began) * 1000, 1)
        log.info(
            "a webhook was worked on",
            channel=row.stored.channel,
            digest=row.stored.digest[:16],
            state=done.state,
            message_id=",".join(map(str, done.messages[:TOLD])) or None,
            count=len(done.messages),
            milliseconds=took,
        )


def _apply(row: Claimed) -> Done:
    """What goes wrong with the row as a whole is counted; after the third time it is quarantined."""
    try:
        if row.attempt > 1:
            with transaction():
                ledger.begin(row.id, row.token)
        items = channels.of(row.stored.channel).parse(row.stored.body, known=row.inbox_ids)
        done = Done("taken over by another worker")
        with transaction():
            intake.hold(items, row.inbox_ids)
            fresh = ledger.locked(row.id)
            if ledger.is_mine(fresh, row.token):
                intake.work(fresh, items)
                done = Done(fresh.state.value, events.messages_so_far())
            failpoints.hit("intake.before_commit")
        failpoints.hit("intake.after_commit")
        return done
    except MalformedPayload as error:
        return _finish(row, LedgerState.QUARANTINED, str(error))
    except DBAPIError as error:  # a deadlock or a lost connection: the row is tried again, alone
        log.warning("a webhook is tried again", error=type(error).__name__)
        return _failed(row, f"the database said {type(error).__name__}")
    except Exception as error:
        log.exception("a webhook could not be worked on")
        return _failed(row, f"{type(error).__name__}")


def _finish(row: Claimed, state: LedgerState, reason: str) -> Done:
    with transaction():
        fresh = ledger.locked(row.id)
        if ledger.is_mine(fresh, row.token):
            ledger.finish(fresh, state, error=reason)
        return Done(fresh.state.value)


def _failed(row: Claimed, reason: str) -> Done:
    with transaction():
        fresh = ledger.locked(row.id)
        if ledger.is_mine(fresh, row.token):
            ledger.failed(fresh, error=reason)
        return Done(fresh.state.value)
