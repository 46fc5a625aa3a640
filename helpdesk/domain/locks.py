"""Whoever changes anything in a conversation holds it from before they read until the commit.

SQLite has one writer at a time. On PostgreSQL everybody locks in the same order, so that nobody waits in a circle:
people, conversations by id, the rows in them, inboxes, and the counters last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Key
from helpdesk.db import db, is_sqlite
from helpdesk.models import Conversation


def people(keys: Iterable[tuple[int, Key]]) -> bool:
    """Holds people of inboxes, known or not yet, by (inbox id, key): whoever writes for the first time has no row that
    could be locked. False when all of them were held before."""
    held = _held()
    wanted = set(keys) - held
    held.update(wanted)
    if not is_sqlite():
        for number in sorted(_number(inbox_id, key) for inbox_id, key in wanted):
            db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
        clock.moved_on()
    return bool(wanted)


def conversations(ids: Iterable[int]) -> None:
    """Holds conversations. What was read of them before is read again."""
    held = _held()
    wanted = sorted(set(ids).difference(held))
    if not wanted:
        return
    held.update(wanted)
    if is_sqlite():
        return
    db.session.flush()
    found = sa.select(Conversation.id).where(Conversation.id.in_(wanted)).order_by(Conversation.id)
    db.session.execute(found.with_for_update(key_share=True))
    db.session.expire_all()
    clock.moved_on()


def conversation(id: int) -> None:
    conversations([id])


def alone(name: str) -> None:
    """One transaction at a time does this: for what counts rows before it adds one."""
    if not is_sqlite():
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_hashed(name))))
        clock.moved_on()


def is_held(conversation_id: int) -> bool:
    return conversation_id in _held()


def _held() -> set[object]:
    """What the running transaction holds. Raises KeyError outside of one."""
    held: set[object] = db.session().info["held"]
    return held


def _number(inbox_id: int, key: Key) -> int:
    return _hashed(f"{inbox_id} {key.kind} {key.value}")


def _hashed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
