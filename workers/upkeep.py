"""Periodic duties: what no ring announces. Each is safe to run twice."""

from __future__ import annotations

import os

from flask import current_app

from helpdesk.db import reading, transaction
from helpdesk.domain import (
    agents,
    attachments,
    idempotency,
    ledger,
    outbox,
    pending,
    silence,
    standing,
    throttle,
)
from helpdesk.domain import upkeep as desk
from helpdesk.secrets import holder
from workers import heartbeat


def settle_outbox() -> None:
    """Moves on claims of dead workers, calls without an answer, and the unknown that no echo settled; each row in a
    transaction of its own, since each holds its conversation."""
    reading()
    for id in outbox.left_behind():
        with transaction():
            outbox.move_on(outbox.locked(id))


def free_claims_of_the_dead() -> None:
    """What dead processes of this machine held is free for others, long before their leases end."""
    reading()
    for pid in desk.holders(holder()):
        if not _is_alive(pid):
            _free_claims(holder(pid))


def _free_claims(held: str) -> None:
    with transaction():
        ledger.free(held)
        desk.free(held)
    for id in outbox.held_by(held):
        with transaction():
            outbox.abandon(outbox.locked(id), held)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is there, and somebody else's
        return True
    return True


def wake_tickets() -> None:
    """Brings back those whose snooze is over, each in a transaction of its own."""
    reading()
    for id in standing.over():
        with transaction():
            standing.wake(id)


def forget_named_writes() -> None:
    """Keys of programs' writes that are old enough to be used again."""
    with transaction():
        idempotency.forget_old()


def drop_pending_changes() -> None:
    with transaction():
        pending.drop_old()


def forget_uploads() -> None:
    """Files that were attached and never sent. Their rows go first: a file without a row harms nobody."""
    with transaction():
        keys = attachments.forget_unused()
    for key in keys:
        current_app.extensions["storage"].delete(key)


def forget_sign_ins() -> None:
    """Tries that no longer count, and sessions that ended long ago."""
    with transaction():
        throttle.forget_old()
        agents.forget_ended()


def learn_what_is_usual() -> None:
    """How much comes from each inbox in each hour of the week: what silence is measured by."""
    with transaction():
        silence.learn()


def forget_processes() -> None:
    """Signs of life of children that there are no more: a desk may have been started with fewer."""
    with transaction():
        desk.forget_silent(but=heartbeat.EXPECTED)
