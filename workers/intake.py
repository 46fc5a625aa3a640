"""Takes stored webhooks into tickets: claim, parse, apply, one transaction a row."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import DBAPIError

from helpdesk import failpoints, logs, queue
from helpdesk.channels.contract import MalformedPayload
from helpdesk.db import transaction
from helpdesk.domain import channels, events, inboxes, intake, ledger
from helpdesk.models import LedgerState
from workers import gate

log = structlog.get_logger(__name__)

TOLD = 50  # ids of messages in one line of the log


@dataclass(frozen=True)
class Done:
    """What became of a row, and the messages to which it has done something."""

    state: str
    messages: Sequence[int] = ()


def drain() -> int:
    """Works until no row is free. Answers how many rows were worked on."""
    queue.answered("intake")
    worked = 0
    while gate.is_open() and (rows := _claim()):
        for id, token in rows:
            _work(id, token)
        worked += len(rows)
    return worked


def _claim() -> list[tuple[int, str]]:
    with transaction():
        claimed = [(row.id, row.token) for row in ledger.claim() if row.state is LedgerState.NEW]
    if claimed:
        failpoints.hit("intake.claimed")
    return claimed


def _work(id: int, token: str) -> None:
    """One row, and the line in the log that says what became of it."""
    began, row = time.monotonic(), ledger.stored(id)
    with logs.bound(ledger_id=id):
        done = _apply(id, token, row)
        took = round((time.monotonic() - began) * 1000, 1)
        log.info(
            "a webhook was worked on",
            channel=row.channel,
            digest=row.digest[:16],
            state=done.state,
            message_id=",".join(map(str, done.messages[:TOLD])) or None,
            count=len(done.messages),
            milliseconds=took,
        )


def _apply(id: int, token: str, stored: ledger.Raw) -> Done:
    """What goes wrong with the row as a whole is counted; after the third time it is quarantined."""
    try:
        items = channels.of(stored.channel).parse(stored.body, known=inboxes.account_ids(stored.channel))
        done = Done("taken over by another worker")
        with transaction():
            fresh = ledger.locked(id)
            if ledger.is_mine(fresh, token):
                intake.work(fresh, items)
                done = Done(fresh.state.value, events.messages_so_far())
            failpoints.hit("intake.before_commit")
        failpoints.hit("intake.after_commit")
        return done
    except MalformedPayload as error:
        return _finish(id, token, LedgerState.QUARANTINED, str(error))
    except DBAPIError as error:  # a deadlock or a lost connection: the row is tried again, alone
        log.warning("a webhook is tried again", error=type(error).__name__)
        return _failed(id, token, f"the database said {type(error).__name__}")
    except Exception as error:
        log.exception("a webhook could not be worked on")
        return _failed(id, token, f"{type(error).__name__}")


def _finish(id: int, token: str, state: LedgerState, reason: str) -> Done:
    with transaction():
        row = ledger.locked(id)
        if ledger.is_mine(row, token):
            ledger.finish(row, state, error=reason)
        return Done(row.state.value)


def _failed(id: int, token: str, reason: str) -> Done:
    with transaction():
        row = ledger.locked(id)
        if ledger.is_mine(row, token):
            ledger.failed(row, error=reason)
        return Done(row.state.value)
