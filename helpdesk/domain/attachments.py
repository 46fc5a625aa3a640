"""Files: what agents upload, and the copies of what customers sent, fetched at once because platforms' URLs expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import MediaKind
from helpdesk.db import db
from helpdesk.domain import events, locks
from helpdesk.domain.events import Actor, Viewer
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import Agent, Attachment, AttachmentState, DraftFile, EventKind, Message
from helpdesk.secrets import claim_token, new_token
from helpdesk.text import clean_line

FETCH_LEASE = timedelta(seconds=60)
FETCH_TRIES = 5
UPLOAD_KEPT = timedelta(days=2)  # for an upload that never became a message


@dataclass(frozen=True)
class StoredFile:
    """A file in storage. `preview_key` is our own re-encoded picture of it, '' when there is none; `warnings` is what
    to tell whoever opens it."""

    key: str
    mime: str
    size: int  # bytes
    preview_key: str = ""
    width: int = 0
    height: int = 0
    warnings: tuple[str, ...] = ()


def upload(file: StoredFile, *, kind: MediaKind, name: str, by: Viewer) -> Attachment:
    """A file that somebody will send with the next message."""
    attachment = Attachment(
        public_id=new_token(),
        uploader_id=by.id if isinstance(by, Agent) else None,
        uploader_token_id=None if isinstance(by, Agent) else by.id,
        kind=kind,
        state=AttachmentState.UPLOADED,
        name=clean_line(name),
        data={},
        created_at=clock.now(),
    )
    _describe(attachment, file)
    db.session.add(attachment)
    db.session.flush()
    return attachment


def uploaded(by: Viewer) -> sa.ColumnElement[bool]:
    """The condition on `attachment` that they have brought it."""
    uploader = Attachment.uploader_id if isinstance(by, Agent) else Attachment.uploader_token_id
    return uploader == by.id


def locked(id: int) -> Attachment:
    """The attachment, with its message's conversation held."""
    conversation = sa.select(Message.conversation_id).join(Attachment).where(Attachment.id == id)
    locks.conversations(db.session.execute(conversation).scalars())
    return db.session.get_one(Attachment, id, with_for_update=True)


def by_public_id(public_id: str) -> Attachment:
    """For whoever holds a key that we have signed: no person asks. Raises NotFound."""
    found = db.session.execute(sa.select(Attachment).where(Attachment.public_id == public_id)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def claim_fetch() -> Attachment | None:
    """The next file to copy from a platform, leased for a minute; None when none is due. The attempt is counted before
    the work, so that one that kills its worker is not tried for ever."""
    now = clock.now()
    due = (
        sa.select(Attachment)
        .where(Attachment.state == AttachmentState.PENDING, Attachment.next_at <= now)
        .order_by(Attachment.next_at, Attachment.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    attachment = db.session.execute(due).scalar_one_or_none()
    if attachment is None:
        return None
    attachment.attempts += 1
    attachment.next_at, attachment.token = now + FETCH_LEASE, claim_token()
    return attachment


def is_hopeless(attachment: Attachment) -> bool:
    """Has every try of fetching it ended with its worker?"""
    return attachment.attempts > FETCH_TRIES


def fetched(attachment: Attachment, file: StoredFile) -> bool:
    """The copy is in storage. False when nobody wants it: a message that was unsent in the meantime keeps no file."""
    if attachment.state is not AttachmentState.PENDING:
        return False
    _describe(attachment, file)
    attachment.state, attachment.next_at, attachment.error = AttachmentState.READY, None, ""
    _tell(attachment, by=events.SYSTEM)
    return True


def fetch_failed(attachment: Attachment, reason: str, *, is_final: bool) -> None:
    """No copy this time; tried five times within a day, unless the reason is final. The reason is shown."""
    if attachment.state is not AttachmentState.PENDING:
        return
    attachment.error = reason
    if is_final or attachment.attempts >= FETCH_TRIES:
        attachment.state, attachment.next_at = AttachmentState.FAILED, None
    else:
        attachment.next_at = clock.now() + timedelta(seconds=5 * 12 ** (attachment.attempts - 1))
    _tell(attachment, by=events.SYSTEM)


def fetch_again(attachment: Attachment, *, by: Actor) -> None:
    """A person wants it tried again. Raises Invalid when there is nothing to fetch."""
    if attachment.message is not None:
        locks.conversation(attachment.message.conversation_id)
    if attachment.state is not AttachmentState.FAILED or not attachment.source_url:
        raise Invalid("This file cannot be fetched again.")
    attachment.state, attachment.attempts, attachment.next_at = AttachmentState.PENDING, 0, clock.now()
    _tell(attachment, by=by)


def forget_unused() -> list[str]:
    """Drops uploads that never became a message and wait in no draft. Answers their storage keys, for the caller to
    delete."""
    old = sa.select(Attachment).where(
        Attachment.state == AttachmentState.UPLOADED,
        Attachment.created_at < clock.now() - UPLOAD_KEPT,
        ~sa.exists().where(DraftFile.attachment_id == Attachment.id),
    )
    keys = []
    for attachment in db.session.execute(old.limit(100).with_for_update(skip_locked=True)).scalars():
        keys += [key for key in (attachment.key, attachment.preview_key) if key]
        db.session.delete(attachment)
    return keys


def _describe(attachment: Attachment, file: StoredFile) -> None:
    attachment.key, attachment.preview_key = file.key, file.preview_key
    attachment.mime, attachment.size = file.mime, file.size
    attachment.width, attachment.height = file.width, file.height
    if file.warnings:
        attachment.data = {**attachment.data, "warnings": list(file.warnings)}


def _tell(attachment: Attachment, *, by: Actor) -> None:
    message = attachment.message
    if message is not None and message.ticket is not None:
        events.record(EventKind.MESSAGE_MEDIA, message.ticket, by=by, message=message)
