"""What the tests of the web look at: files in storage, attached to a customer's message."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import current_app
from PIL import Image

from helpdesk import clock
from helpdesk.channels.contract import MediaKind
from helpdesk.db import db, transaction
from helpdesk.models import Agent, Attachment, AttachmentState, Identity, Message
from helpdesk.secrets import new_token


def kept(body: bytes) -> str:
    """Storage key of these bytes."""
    return str(current_app.extensions["storage"].put(body))


def a_picture() -> bytes:
    """What our own re-encoding makes: a small WebP."""
    file = BytesIO()
    Image.new("RGB", (8, 8), (200, 120, 60)).save(file, "WEBP")
    return file.getvalue()


def a_file(
    body: bytes = b"0123456789",
    *,
    message: Message | None = None,
    uploader: Agent | None = None,
    mime: str = "application/pdf",
    name: str = "receipt.pdf",
    preview: bytes = b"",
    **more: Any,
) -> Attachment:
    """A file that is here: of `message`, or just uploaded by `uploader`."""
    with transaction():
        attachment = Attachment(
            public_id=new_token(),
            message_id=message.id if message else None,
            uploader_id=uploader.id if uploader else None,
            kind=MediaKind.FILE,
            state=AttachmentState.READY if message else AttachmentState.UPLOADED,
            name=name,
            key=kept(body),
            preview_key=kept(preview) if preview else "",
            mime=mime,
            size=len(body),
            created_at=clock.now(),
            **more,
        )
        db.session.add(attachment)
    return attachment


def with_profile_picture(identity: Identity) -> Identity:
    key = kept(a_picture())
    with transaction():
        db.session.get_one(Identity, identity.id).picture_key = key
    return identity
