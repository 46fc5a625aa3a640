"""What an agent has not sent yet, kept for them on the server: text, files, the quoted message; reply and note apart.

A save names the revision that it builds upon. What is late, from another window or behind a message that took the words
along, builds upon an old one and is refused: nothing that was sent or thrown away comes back, nothing newer is lost.
Records no event: a draft is its writer's alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk import clock
from helpdesk.db import db, insert_or_ignore
from helpdesk.domain import attachments
from helpdesk.errors import Conflict
from helpdesk.models import Agent, Attachment, AttachmentState, Draft, DraftKind, Message, Ticket
from helpdesk.text import clean_text

MOST_FILES = 30


def of(ticket: Ticket, *, by: Agent) -> Mapping[DraftKind, Draft]:
    """Theirs in this ticket; those that were sent or thrown away too, for the sake of their revisions."""
    found = (
        sa.select(Draft)
        .where(Draft.ticket_id == ticket.id, Draft.agent_id == by.id)
        .options(selectinload(Draft.files), joinedload(Draft.quoted))
    )
    return {draft.kind: draft for draft in db.session.execute(found).scalars()}


def save(
    ticket: Ticket,
    kind: DraftKind,
    *,
    revision: int,
    text: str,
    uploads: Sequence[str] = (),
    quoted: int | None = None,
    by: Agent,
) -> Draft:
    """The draft as it is now; an empty text without files throws it away. `revision` is the one that it builds upon, 0
    for none; `uploads` are public ids: those that are not theirs, or were sent, are left out. Raises Conflict with
    `draft` when it was changed, sent or thrown away since."""
    draft = _locked(ticket, kind, by)
    if draft.revision != revision:
        raise Conflict("This draft was changed in another window.", draft=described(draft))
    text, files = clean_text(text), _files(uploads, by)
    quoted_message = _quoted(ticket, quoted)
    if (draft.text, draft.files, draft.quoted) == (text, files, quoted_message):
        return draft
    draft.text, draft.files, draft.quoted = text, files, quoted_message
    _changed(draft)
    return draft


def sent(ticket: Ticket, kind: DraftKind, *, revision: int, by: Agent) -> int:
    """A message took its words along. One that was saved since then holds others and stays. The revision to build upon
    from now on."""
    draft = _locked(ticket, kind, by)
    if draft.revision == revision and (draft.text or draft.files or draft.quoted):
        draft.text, draft.files, draft.quoted = "", [], None
        _changed(draft)
    return draft.revision


def gone_into(ticket: Ticket, into: Ticket) -> None:
    """A merge has closed the first: what everybody has begun to write there goes on in the second, below what they have
    begun there."""
    begun = sa.select(Draft).where(Draft.ticket_id == ticket.id, sa.or_(Draft.text != "", Draft.files.any()))
    for draft in db.session.execute(begun.order_by(Draft.id)).scalars().all():
        there = _locked(into, draft.kind, db.session.get_one(Agent, draft.agent_id))
        there.text = "\n\n".join(text for text in (there.text, draft.text) if text)
        there.files = sorted({*there.files, *draft.files}, key=lambda file: file.id)
        there.quoted = there.quoted or draft.quoted
        draft.text, draft.files, draft.quoted = "", [], None
        _changed(draft)
        _changed(there)


def described(draft: Draft | None) -> dict[str, object]:
    """As the page keeps it."""
    if draft is None:
        return {"revision": 0, "text": "", "files": [], "quoted": None}
    files = [
        {"id": file.public_id, "name": file.name, "size": file.size, "has_preview": bool(file.preview_key)}
        for file in draft.files
        if file.state is AttachmentState.UPLOADED
    ]
    quoted = {"id": draft.quoted.id, "text": draft.quoted.text[:200]} if draft.quoted else None
    return {"revision": draft.revision, "text": draft.text, "files": files, "quoted": quoted}


def _locked(ticket: Ticket, kind: DraftKind, by: Agent) -> Draft:
    """Its row, made when there is none: of two windows that save at once the second finds what the first has saved."""
    place = {"ticket_id": ticket.id, "agent_id": by.id, "kind": kind}
    db.session.execute(insert_or_ignore(Draft).values(**place, text="", revision=0, updated_at=clock.now()))
    found = sa.select(Draft).filter_by(**place).with_for_update().execution_options(populate_existing=True)
    return db.session.execute(found).scalar_one()


def _changed(draft: Draft) -> None:
    draft.revision += 1
    draft.updated_at = clock.now()


def _files(uploads: Sequence[str], by: Agent) -> list[Attachment]:
    if not uploads:
        return []
    found = sa.select(Attachment).where(
        Attachment.public_id.in_(uploads[:MOST_FILES]),
        attachments.uploaded(by),
        Attachment.state == AttachmentState.UPLOADED,
    )
    return list(db.session.execute(found.order_by(Attachment.id)).scalars())


def _quoted(ticket: Ticket, id: int | None) -> Message | None:
    message = db.session.get(Message, id) if id is not None else None
    return message if message is not None and message.conversation_id == ticket.conversation_id else None
