"""The files of a conversation, the newest first, a page at a time: what the viewer may see of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import access
from helpdesk.domain.events import Viewer
from helpdesk.domain.presentation.media import PICTURES
from helpdesk.models import Attachment, AttachmentState, Conversation, Message

PAGE = 12


@dataclass(frozen=True)
class Files:
    """Pictures (drawn as a grid) and the rest; `older` is what to ask for as `before`, None at the end."""

    pictures: Sequence[Attachment]
    others: Sequence[Attachment]
    older: int | None


def page(conversation: Conversation, *, by: Viewer, before: int | None = None) -> Files:
    seen = access.messages(conversation, by=by).where(Message.deleted_at.is_(None)).with_only_columns(Message.id)
    found = sa.select(Attachment).where(Attachment.message_id.in_(seen), Attachment.key != "")
    found = found.where(Attachment.state.in_((AttachmentState.READY, AttachmentState.UPLOADED)))
    if before is not None:
        found = found.where(Attachment.id < before)
    rows = db.session.execute(found.order_by(Attachment.id.desc()).limit(PAGE + 1)).scalars().all()
    shown = rows[:PAGE]
    return Files(
        [row for row in shown if _is_picture(row)],
        [row for row in shown if not _is_picture(row)],
        shown[-1].id if len(rows) > PAGE else None,
    )


def _is_picture(row: Attachment) -> bool:
    return row.kind in PICTURES and bool(row.preview_key)
