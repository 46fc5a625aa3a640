"""The calls of an outbox row, kept in the transactions that make and settle them: what people read of its way."""

from __future__ import annotations

from datetime import datetime

from helpdesk import clock
from helpdesk.models import AttemptResult, Outbox, OutboxAttempt, OutboxState

LONGEST = 1000  # characters of what came back


def began(row: Outbox, *, at: datetime) -> None:
    """The platform is about to be called. Counted on over second tries by people, which `outbox.attempts` is not."""
    row.calls.append(OutboxAttempt(n=len(row.calls) + 1, started_at=at))


def ended(row: Outbox, result: AttemptResult, detail: str = "") -> None:
    """The call under way came back so. A refusal that comes after all replaces "unknown"; an acceptance does not, since
    an echo may have brought it. A row that is only claimed was not called."""
    last = row.calls[-1] if row.calls else None
    if last is None or row.state is OutboxState.CLAIMED:
        return
    is_late = last.result is AttemptResult.UNKNOWN and result is AttemptResult.REFUSED
    if last.result is None or is_late:
        last.ended_at, last.result, last.detail = clock.now(), result, detail[:LONGEST]
