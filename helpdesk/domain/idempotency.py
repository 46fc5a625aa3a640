"""Writes that a program has named: the same name once more answers the first answer, and writes nothing.

The name is taken as the first act of the write's transaction, so that the same one twice at once is one after the
other; the answer is kept as its last, so that there is none without the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import changed, db, insert_or_ignore
from helpdesk.errors import Invalid
from helpdesk.models import ApiToken, IdempotencyKey

KEPT = timedelta(hours=24)
LONGEST = 200  # characters of a key


@dataclass(frozen=True)
class Answer:
    """`body` is JSON."""

    status: int
    body: str


def begin(key: str, *, request: str, by: ApiToken) -> Answer | None:
    """Takes the name for what is asked now (`request`: its hash). The first answer when it was taken for the same;
    raises Invalid when it was taken for something else, or is no name."""
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise Invalid(f"An Idempotency-Key has 1 to {LONGEST} printable ASCII characters.")
    now = clock.now()
    db.session.execute(
        sa.delete(IdempotencyKey).where(
            IdempotencyKey.token_id == by.id, IdempotencyKey.key == key, IdempotencyKey.created_at < now - KEPT
        )
    )
    row = {"token_id": by.id, "key": key, "request": request, "status": 0, "answer": "", "created_at": now}
    if changed(insert_or_ignore(IdempotencyKey).values(**row)):  # waits for whoever has taken it and is still at work
        return None
    first = db.session.execute(_own(by).where(IdempotencyKey.key == key)).scalar_one()
    if first.request != request:
        raise Invalid("This Idempotency-Key was used for another request. A new request needs a new key.")
    return Answer(first.status, first.answer)


def keep(key: str, answer: Answer, *, by: ApiToken) -> None:
    """What the write answered."""
    kept = sa.update(IdempotencyKey).where(IdempotencyKey.token_id == by.id, IdempotencyKey.key == key)
    db.session.execute(kept.values(status=answer.status, answer=answer.body))


def forget_old() -> int:
    """Drops names that are older than a day; how many there were."""
    return changed(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEPT))


def _own(token: ApiToken) -> sa.Select[IdempotencyKey]:
    return sa.select(IdempotencyKey).where(IdempotencyKey.token_id == token.id)
