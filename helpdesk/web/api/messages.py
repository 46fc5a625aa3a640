"""One message, with how far it got."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint

from helpdesk.channels.contract import MediaKind
from helpdesk.domain import access, outgoing
from helpdesk.domain.presentation import messages as words
from helpdesk.models import Attachment as File
from helpdesk.models import AttachmentState, AuthorKind, Direction, MessageStatus, Reactor
from helpdesk.models import Message as Row
from helpdesk.models import Reaction as Given
from helpdesk.web.api.operations import operation
from helpdesk.web.api.shapes import Shape, Time
from helpdesk.web.bearer import current_token

bp = Blueprint("messages", __name__)


class Author(Shape):
    """A `contact`, `agent` or `token` has an id; `app` is a person in the platform's own app."""

    kind: AuthorKind
    id: str | None
    name: str


class Attachment(Shape):
    """A file. `url` can be fetched for 30 minutes without a token; null while there is no copy of it."""

    id: str
    kind: MediaKind
    state: AttachmentState
    name: str
    mime: str
    size: int
    url: str | None


class Reaction(Shape):
    by: Literal["contact", "us"]
    emoji: str
    at: Time


class Message(Shape):
    """Something in a conversation. A long answer goes out as several: `part` of `parts`, one `client_id`."""

    id: str
    conversation_id: str
    ticket_number: int | None
    client_id: str | None
    part: int
    parts: int
    direction: Direction
    author: Author
    text: str
    attachments: list[Attachment]
    reply_to: str | None
    reactions: list[Reaction]
    status: MessageStatus
    status_reason: str
    platform_id: str | None
    created_at: Time
    platform_at: Time | None
    edited_at: Time | None
    deleted_at: Time | None
    expires_at: Time | None


@bp.get("/messages/<int:id>")
@operation("One message, and how far it got", answer=Message)
def look(id: int) -> Message:
    return shown(access.message(id, by=current_token()))


def shown(row: Row) -> Message:
    """What its author took back is gone from here too."""
    is_gone = row.deleted_at is not None
    return Message(
        id=str(row.id),
        conversation_id=str(row.conversation_id),
        ticket_number=row.ticket.number if row.ticket else None,
        client_id=row.client_id,
        part=row.part,
        parts=row.parts,
        direction=row.direction,
        author=_author(row),
        text="" if is_gone else row.text,
        attachments=[] if is_gone else [_file(file) for file in row.attachments],
        reply_to=str(row.reply_to_id) if row.reply_to_id is not None else None,
        reactions=[_reaction(one) for one in words.live_reactions(row)],
        status=row.status,
        status_reason=row.status_reason,
        platform_id=row.platform_id,
        created_at=row.created_at,
        platform_at=row.platform_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        expires_at=None,  # no channel here sends what vanishes by itself
    )


def _author(row: Row) -> Author:
    writer = row.writer
    id = row.conversation.identity.contact_id if row.author_kind is AuthorKind.CONTACT else writer and writer.id
    return Author(kind=row.author_kind, id=str(id) if id is not None else None, name=words.author(row).name)


def _file(file: File) -> Attachment:
    return Attachment(
        id=file.public_id,
        kind=file.kind,
        state=file.state,
        name=file.name,
        mime=file.mime,
        size=file.size,
        url=outgoing.fetchable(file) if file.key and file.state is AttachmentState.READY else None,
    )


def _reaction(one: Given) -> Reaction:
    return Reaction(by="us" if one.reactor is Reactor.US else "contact", emoji=one.emoji, at=one.at)
