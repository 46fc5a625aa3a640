"""Takes stored webhooks into tickets: claim, parse, apply, one transaction a row."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import DBAPIError

from helpdesk import failpoints, queue
from helpdesk.channels.contract import MalformedPayload
from helpdesk.db import db, transaction
from helpdesk.domain import channels, inboxes, intake, ledger
from helpdesk.models import Ledger, LedgerState
from workers import gate

log = structlog.get_logger(__name__)


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
    failpoints.hit("intake.claimed")
    return claimed


def _work(id: int, token: str) -> None:
    """One row. What goes wrong with the row as a whole is counted; after the third time it is quarantined."""
    row = db.session.get_one(Ledger, id)
    channel, body = row.channel, row.raw
    try:
        items = channels.of(channel).parse(body, known=frozenset(inboxes.by_account(channel)))
        with transaction():
            fresh = db.session.get_one(Ledger, id, with_for_update=True)
            if ledger.is_mine(fresh, token):
                intake.work(fresh, items)
            failpoints.hit("intake.before_commit")
        failpoints.hit("intake.after_commit")
    except MalformedPayload as error:
        _finish(id, token, LedgerState.QUARANTINED, str(error))
    except DBAPIError as error:  # a deadlock or a lost connection: the row is tried again, alone
        log.warning("a webhook is tried again", ledger_id=id, error=type(error).__name__)
        _failed(id, token, f"the database said {type(error).__name__}")
    except Exception as error:
        log.exception("a webhook could not be worked on", ledger_id=id)
        _failed(id, token, f"{type(error).__name__}")


def _finish(id: int, token: str, state: LedgerState, reason: str) -> None:
    with transaction():
        row = db.session.get_one(Ledger, id, with_for_update=True)
        if ledger.is_mine(row, token):
            ledger.finish(row, state, error=reason)


def _failed(id: int, token: str, reason: str) -> None:
    with transaction():
        row = db.session.get_one(Ledger, id, with_for_update=True)
        if ledger.is_mine(row, token):
            ledger.failed(row, error=reason)
