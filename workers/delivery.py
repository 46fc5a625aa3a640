"""Sends what is in the outbox: claim, mark `calling`, one HTTP request, settle. Up to sixteen calls run at a time, in
threads that go on claiming; a slow platform holds up nobody else's conversation."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from flask import current_app
from sqlalchemy.exc import DBAPIError, IntegrityError

from helpdesk import failpoints, logs
from helpdesk.channels.contract import Accepted, Account, Channel, Outcome, Outgoing, RefusalKind, Refused, Unknown
from helpdesk.db import reading, transaction
from helpdesk.domain import channels, inboxes, outbox, outgoing
from workers.crew import Crew

log = structlog.get_logger(__name__)

THREADS = 16
SETTLE_AGAIN = (0.2, 1.0, 3.0, 10.0)  # seconds between two tries
ASLEEP_AFTER = 5.0  # seconds between the mark and the call: who was longer away than that does not call

CANNOT_BE_SENT = "This message cannot be sent as it is: something in it or in the inbox's settings is broken."


@dataclass(frozen=True)
class Prepared:
    """One request, ready to be made without the database."""

    channel: Channel
    what: Outgoing
    account: Account
    message_id: int
    inbox_id: int
    attempt: int


def _claim() -> tuple[int, str] | None:
    try:
        with transaction():
            row = outbox.claim()
            claimed = (row.id, row.token) if row is not None else None
    except IntegrityError:  # another worker holds a row of the same conversation: the index is the referee
        return None
    if claimed:
        failpoints.hit("delivery.claimed")
    return claimed


def _deliver(claimed: tuple[int, str]) -> None:
    """One row, and the line in the log that says what became of it."""
    id, token = claimed
    with logs.bound(outbox_id=id):
        prepared = _mark(id, token)
        if prepared is None:
            log.info("a message was not sent", outcome="not called")
            return
        marked_at = time.monotonic()
        failpoints.hit("delivery.marked")
        if time.monotonic() - marked_at > ASLEEP_AFTER:
            with transaction():
                outbox.put_back(outbox.locked(id), token)
            log.info("a message was not sent", outcome="put back", message_id=prepared.message_id)
            return
        outcome = _call(prepared)
        failpoints.hit("delivery.called")
        _settle(id, token, outcome, prepared.account)
        _tell(prepared, outcome, marked_at)


def _tell(prepared: Prepared, outcome: Outcome, since: float) -> None:
    log.info(
        "a message was sent" if isinstance(outcome, Accepted) else "a message was not sent",
        message_id=prepared.message_id,
        inbox_id=prepared.inbox_id,
        channel=prepared.channel.kind,
        attempt=prepared.attempt,
        outcome=type(outcome).__name__.lower(),
        kind=outcome.kind.value if isinstance(outcome, Refused) else None,
        milliseconds=round((time.monotonic() - since) * 1000, 1),
    )


def _settle(id: int, token: str, outcome: Outcome, account: Account) -> None:
    """Nobody else knows the outcome: while the database is busy or away for a moment, it is kept here."""
    for pause in (*SETTLE_AGAIN, None):
        try:
            with transaction():
                outbox.settle(outbox.locked(id), outcome, token=token, account=account)
                failpoints.hit("delivery.before_commit")
            failpoints.hit("delivery.settled")
            return
        except DBAPIError as error:
            if pause is None:
                raise
            log.warning("an outcome waits for the database", outbox_id=id, error=type(error).__name__)
            time.sleep(pause)


def _mark(id: int, token: str) -> Prepared | None:
    """Marks the row `calling` and answers what to call with; None when it is not to be called. A row that cannot be
    made into a request certainly was not sent: it fails at once, and the others go on."""
    try:
        with transaction():
            row = outbox.locked(id)
            if not outbox.begin_call(row, token):
                return None
            inbox = row.conversation.inbox
            channel = channels.of(inbox.channel)
            what, account = outgoing.message(row, channel), inboxes.account(inbox)
            return Prepared(channel, what, account, row.message_id, row.inbox_id, row.attempts)
    except DBAPIError:
        raise
    except Exception:
        log.exception("a message could not be made into a request", outbox_id=id)
        with transaction():
            outbox.settle(outbox.locked(id), Refused(RefusalKind.INVALID, CANNOT_BE_SENT), token=token)
        return None


def _call(prepared: Prepared) -> Outcome:
    """The one request. Whatever breaks in between, nobody knows whether the platform has it."""
    reading()  # what the page was told of the mark was read: no connection is held while the platform thinks
    try:
        return prepared.channel.send(prepared.what, prepared.account, current_app.extensions["platforms"])
    except Exception as error:
        log.exception("a channel broke while it was sending")
        return Unknown(f"{type(error).__name__} while sending")


crew = Crew("delivery", THREADS, claim=_claim, work=_deliver)


def drain() -> None:
    """Sends what is due, in threads that go on when this returns."""
    crew.drain()
