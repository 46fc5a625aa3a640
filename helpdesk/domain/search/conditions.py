"""The search as a condition of a list: tickets in which something was written, people who are called so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from helpdesk.db import db, is_sqlite
from helpdesk.domain.search import asking
from helpdesk.domain.search.finding import grams, loose
from helpdesk.models import Identity, Message, MessageWords, PersonWords, Ticket

FEW = 2_000  # messages that are named one by one; where there are more, each ticket is asked for its own

Condition = sa.ColumnElement[bool]


def speaks_of(words: str) -> Condition:
    """The condition on `ticket` and its `identity`: its number, its customer's name, or something written in it. Words
    may stand inside of others."""
    question = asking.of_words(words)
    found = [Ticket.number == question.number] if question.number is not None else []
    if question.patterns:
        found += [_written(question.patterns), is_called(question.patterns)]
    return sa.or_(sa.false(), *found)


def is_called(patterns: Sequence[str]) -> Condition:
    """The condition on `identity`: all of it stands in their names."""
    return Identity.id.in_(called(patterns))


def called(patterns: Sequence[str]) -> sa.Select[int]:
    """Ids of identities in whose names all of it stands, at the beginning of a word or inside."""
    parts = [loose(pattern) for pattern in patterns]
    found = sa.select(PersonWords.identity_id).where(*_stand(PersonWords.words, parts))
    return _by_letters(found, "person_words", PersonWords.identity_id, parts)


def _written(patterns: Sequence[str]) -> Condition:
    parts = [loose(pattern) for pattern in patterns]
    found = sa.select(MessageWords.message_id).where(*_stand(MessageWords.words, parts))
    if grams(parts):
        few = _by_letters(found, "message_words", MessageWords.place, parts).limit(FEW + 1)
        ids = db.session.execute(few).scalars().all()
        if len(ids) <= FEW:
            return Ticket.id.in_(sa.select(Message.ticket_id).where(Message.id.in_(ids), Message.deleted_at.is_(None)))
    theirs = found.join(Message, Message.id == MessageWords.message_id)
    return theirs.where(Message.ticket_id == Ticket.id, Message.deleted_at.is_(None)).correlate(Ticket).exists()


def _stand(words: Any, parts: Sequence[str]) -> list[Condition]:
    return [words.like(f"%{part}%") for part in parts]


def _by_letters(found: sa.Select[int], table: str, key: Any, parts: Sequence[str]) -> sa.Select[int]:
    """On SQLite by way of the full-text table; PostgreSQL finds its index by itself."""
    asked = grams(parts)
    if not is_sqlite() or not asked:
        return found
    letters = sa.table(f"{table}_found", sa.column("rowid"), sa.column(f"{table}_found"))
    found = found.join(letters, letters.c.rowid == key)
    return found.where(letters.c[f"{table}_found"].op("MATCH")(" AND ".join(f'"{gram}"' for gram in asked)))
