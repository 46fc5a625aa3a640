"""What can be found: kept in the transaction that writes a message or renames a person, so that it is never late. The
databases' own indexes follow by themselves (migration 0008). A removed message takes its words along (a cascade)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk.db import db, insert_or_ignore
from helpdesk.domain import locks
from helpdesk.models import (
    Attachment,
    Consumer,
    Conversation,
    Identity,
    Message,
    MessageWords,
    PersonWords,
)
from helpdesk.wording import folded

STEP = 200  # rows of what was there before that are indexed in one transaction
MESSAGES, PEOPLE = "search:message", "search:identity"  # consumers whose `seq` is the id below which nothing is indexed

_ID_BITS = 31  # of a place: two milliards of messages; the seconds above them reach to the year 2106
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def place(at: datetime, id: int = 0) -> int:
    """Where a message stands among all of them, by time and then by id."""
    return max(0, (at - _BEGINNING) // timedelta(seconds=1)) << _ID_BITS | id


def time_of(place: int) -> datetime:
    """The second in which the message of this place was written."""
    return _BEGINNING + timedelta(seconds=place >> _ID_BITS)


def add(message: Message) -> None:
    """A new message, flushed, with those files that were given to it."""
    has_none = "attachments" in sa.inspect(message).unloaded  # to ask for them would be a query for each message
    files = () if has_none else message.attachments
    db.session.execute(sa.insert(MessageWords).values(_row(message, files)))


def change(message: Message) -> None:
    """Its text is another one by now, or it was taken back."""
    db.session.execute(sa.delete(MessageWords).where(MessageWords.message_id == message.id))
    if message.deleted_at is None:
        db.session.execute(sa.insert(MessageWords).values(_row(message, message.attachments)))


def call(identities: Iterable[Identity]) -> None:
    """They have other names by now. Their conversations must be held."""
    for identity in identities:
        words = _called(identity)
        db.session.execute(sa.delete(PersonWords).where(PersonWords.identity_id == identity.id))
        if words:
            db.session.execute(sa.insert(PersonWords).values(identity_id=identity.id, words=words))


def is_behind() -> sa.ColumnElement[bool]:
    """Is there something from before the index that is not in it?"""
    return sa.exists().where(Consumer.name.in_((MESSAGES, PEOPLE)), Consumer.seq > 1)


def catch_up(step: int = STEP) -> bool:
    """Indexes some of what was there before, the newest first. False when all of it is."""
    return _catch_up_messages(step) or _catch_up_people(step)


def start_over() -> None:
    """Rows were written past the domain: whatever is not in the index is looked for again."""
    for name, model in ((MESSAGES, Message), (PEOPLE, Identity)):
        newest = sa.select(sa.func.coalesce(sa.func.max(model.id), 0) + 1).scalar_subquery()
        db.session.execute(sa.update(Consumer).where(Consumer.name == name).values(seq=newest))


def _catch_up_messages(step: int) -> bool:
    """With their conversations held: what is edited or taken back meanwhile waits, and then finds its row."""
    below = _below(MESSAGES)
    next_ones = sa.select(Message.id, Message.conversation_id).where(Message.id < below)
    places = dict(db.session.execute(next_ones.order_by(Message.id.desc()).limit(step)).all())
    locks.conversations(places.values())
    wanted = sa.select(Message).where(Message.id.in_(places), Message.deleted_at.is_(None))
    found = db.session.execute(wanted.options(selectinload(Message.attachments))).scalars()
    _insert(MessageWords, [_row(message, message.attachments) for message in found])
    return _done(MESSAGES, list(places), below)


def _catch_up_people(step: int) -> bool:
    below = _below(PEOPLE)
    next_ones = sa.select(Identity.id, Conversation.id).join(Conversation, Conversation.identity_id == Identity.id)
    places = dict(
        db.session.execute(next_ones.where(Identity.id < below).order_by(Identity.id.desc()).limit(step)).all()
    )
    locks.conversations(places.values())
    wanted = sa.select(Identity).where(Identity.id.in_(places)).options(joinedload(Identity.contact))
    called = ((identity.id, _called(identity)) for identity in db.session.execute(wanted).scalars())
    _insert(PersonWords, [{"identity_id": id, "words": words} for id, words in called if words])
    return _done(PEOPLE, list(places), below)


def _below(name: str) -> int:
    """Locked: whoever else catches up waits, and goes on where this one ends."""
    return db.session.execute(sa.select(Consumer.seq).where(Consumer.name == name).with_for_update()).scalar_one()


def _done(name: str, ids: Sequence[int], below: int) -> bool:
    """Notes how far it is. Were there any?"""
    if below > 1:
        db.session.execute(sa.update(Consumer).where(Consumer.name == name).values(seq=min(ids, default=1)))
    return bool(ids)


def _insert(model: type[MessageWords] | type[PersonWords], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert_or_ignore(model), rows)


def _row(message: Message, files: Sequence[Attachment]) -> dict[str, Any]:
    names = (name for one in files for name in (one.name, one.title))
    words = folded(" ".join((message.text, *names))) or " "
    return {"place": place(message.at, message.id), "message_id": message.id, "words": words}


def _called(identity: Identity) -> str:
    return folded(f"{identity.contact.name} {identity.name} {identity.username}")
