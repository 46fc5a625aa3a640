"""People: finding them by any of their keys, and what the platform tells of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from helpdesk import clock
from helpdesk.channels.contract import Key, Profile
from helpdesk.db import db, insert_or_ignore
from helpdesk.domain import contact_changes, events, locks
from helpdesk.domain.events import Actor
from helpdesk.domain.search import index
from helpdesk.models import AuthorKind, Contact, Conversation, Identity, IdentityKey, Inbox
from helpdesk.text import clean_line

PROFILE_TRIES = 5
PROFILE_STAYS_FRESH = timedelta(days=7)  # pictures' URLs and names change
PROFILE_LEASE = timedelta(minutes=2)


def find_or_create(inbox: Inbox, keys: Sequence[Key]) -> Conversation:
    """The person's thread with this inbox, found by any of their keys, and held: an album of a new person makes one
    contact, one conversation and one ticket."""
    hold([(inbox.id, keys)])
    conversation = _find(inbox, keys) or _create(inbox, keys)
    _add_keys(inbox, conversation.identity, keys)
    return conversation


def find(inbox: Inbox, keys: Sequence[Key]) -> Conversation | None:
    """The thread if there is one, held: events that are no message make no contact."""
    hold([(inbox.id, keys)])
    return _find(inbox, keys)


def hold(people: Iterable[tuple[int, Sequence[Key]]]) -> None:
    """Holds these people, by (inbox id, keys), and what there is of their conversations until commit: all that a
    webhook speaks of at once, since another one may speak of them in another order."""
    names = {(inbox_id, key) for inbox_id, keys in people for key in keys}
    if not locks.people(names):
        return
    wanted = [(inbox_id, key.kind, key.value) for inbox_id, key in names]
    found = (
        sa.select(Conversation.id)
        .join(IdentityKey, IdentityKey.identity_id == Conversation.identity_id)
        .where(sa.tuple_(IdentityKey.inbox_id, IdentityKey.kind, IdentityKey.value).in_(wanted))
    )
    locks.conversations(db.session.execute(found).scalars())


def locked(id: int) -> Identity:
    """The identity, with its conversation held."""
    locks.conversations(db.session.execute(_conversation_of(id)).scalars())
    return db.session.get_one(Identity, id, with_for_update=True)


def key_of(identity: Identity, kind: str) -> Key | None:
    """The key by which a channel addresses them."""
    value = next((key.value for key in identity.keys if key.kind == kind), None)
    return Key(kind, value) if value else None


def actor(identity: Identity) -> Actor:
    """The person as the one who did something."""
    return Actor(AuthorKind.CONTACT, identity.contact_id, identity.shown_name)


def tell_profile(identity: Identity, profile: Profile | None, *, picture_key: str | None, at: datetime) -> None:
    """What the platform says of a person, asked at `at`. None: it will not say. An older answer changes nothing."""
    locks.conversations(db.session.execute(_conversation_of(identity.id)).scalars())
    if identity.profile_at is not None and at <= identity.profile_at:
        return
    identity.profile_attempts, identity.profile_due_at = 0, None
    identity.profile_at = at
    if profile is None:
        return
    before = (identity.name, identity.username, identity.picture_key, identity.facts)
    identity.name, identity.username = clean_line(profile.name), clean_line(profile.username)
    identity.facts = dict(profile.facts)
    if picture_key is not None:
        identity.picture_key = picture_key
    if before != (identity.name, identity.username, identity.picture_key, identity.facts):
        index.call([identity])
        contact_changes.identity_changed(identity, by=events.SYSTEM)


def profile_failed(identity: Identity) -> None:
    """No answer came: asked again later, five times at most; then when the person writes again."""
    identity.profile_attempts += 1
    if identity.profile_attempts >= PROFILE_TRIES:
        identity.profile_due_at = None
        return
    identity.profile_due_at = clock.now() + timedelta(seconds=30 * 4**identity.profile_attempts)


def claim_profile() -> Identity | None:
    """The next person to ask the platform about, leased for two minutes; None when nobody is due."""
    now = clock.now()
    due = sa.select(Identity.id).where(Identity.profile_due_at <= now).order_by(Identity.profile_due_at).limit(1)
    id = db.session.execute(due.with_for_update(skip_locked=True)).scalar()
    if id is None:
        return None
    identity = db.session.get_one(Identity, id)
    identity.profile_due_at = now + PROFILE_LEASE
    return identity


def wants_profile(identity: Identity, *, now: datetime) -> bool:
    """They wrote: a profile that was never told, or is old, is asked for. Is it to be asked for now?"""
    is_known = identity.profile_at is not None and now - identity.profile_at < PROFILE_STAYS_FRESH
    if identity.profile_due_at is None and not is_known:
        identity.profile_due_at = now
        identity.profile_attempts = 0
    return identity.profile_due_at is not None and identity.profile_due_at <= now


def rename(contact: Contact, *, name: str, by: Actor, seen: str | None = None) -> str:
    """What the desk calls them; "" gives back what their platform does. Raises Conflict."""
    contact_changes.hold(contact)
    name = clean_line(name)
    contact_changes.refuse_stale("the name", now=contact.name, seen=seen, wanted=name)
    if contact.name == name:
        return name
    contact.name = name
    index.call(db.session.execute(sa.select(Identity).where(Identity.contact_id == contact.id)).scalars().all())
    contact_changes.renamed(contact, by=by)
    return name


def _conversation_of(identity_id: int) -> sa.Select[int]:
    return sa.select(Conversation.id).where(Conversation.identity_id == identity_id)


def _find(inbox: Inbox, keys: Sequence[Key]) -> Conversation | None:
    """With the person, in one go: each message asks for it."""
    for key in keys:
        found = (
            sa.select(Conversation)
            .join(Conversation.identity)
            .join(Identity.keys)
            .where(IdentityKey.inbox_id == inbox.id, IdentityKey.kind == key.kind, IdentityKey.value == key.value)
            .options(contains_eager(Conversation.identity).joinedload(Identity.contact, innerjoin=True))
        )
        conversation = db.session.execute(found).scalar_one_or_none()
        if conversation is not None:
            return conversation
    return None


def _create(inbox: Inbox, keys: Sequence[Key]) -> Conversation:
    now = clock.now()
    contact = Contact(created_at=now)
    db.session.add(contact)
    db.session.flush()
    identity = Identity(inbox=inbox, contact=contact, created_at=now, profile_due_at=now)
    db.session.add(identity)
    db.session.flush()
    conversation = Conversation(inbox=inbox, identity=identity, created_at=now)
    db.session.add_all(
        [IdentityKey(inbox_id=inbox.id, kind=keys[0].kind, value=keys[0].value, identity=identity), conversation]
    )
    db.session.flush()
    locks.conversation(conversation.id)
    return conversation


def _add_keys(inbox: Inbox, identity: Identity, keys: Sequence[Key]) -> None:
    for key in keys[1:]:
        db.session.execute(
            insert_or_ignore(IdentityKey).values(
                inbox_id=inbox.id, kind=key.kind, value=key.value, identity_id=identity.id
            )
        )
