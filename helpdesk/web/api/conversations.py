"""Conversations: what was said, and saying something."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import uuid4

from flask import Blueprint, Response
from pydantic import Field

from helpdesk.channels.contract import Permission
from helpdesk.domain import access, listings, outbox, tickets
from helpdesk.domain import messages as verbs
from helpdesk.errors import Forbidden, Invalid, NotFound
from helpdesk.models import ApiToken, Scope, Ticket
from helpdesk.models import Conversation as Row
from helpdesk.models import Message as MessageRow
from helpdesk.text import TEXT_LIMIT
from helpdesk.web.api.messages import Message, shown
from helpdesk.web.api.operations import operation
from helpdesk.web.api.shapes import Id, Named, Paging, Sent, Shape, Time
from helpdesk.web.api.writes import once
from helpdesk.web.bearer import current_token

bp = Blueprint("conversations", __name__)

MOST_UPLOADS = 30
UploadId = Annotated[str, Field(max_length=100)]


class Window(Shape):
    """What the platform lets us send now, and until when."""

    may_send: Permission
    until: Time | None
    reason: str


class Conversation(Shape):
    """The endless thread of a person with an inbox. `tickets`: the numbers of those that the token sees."""

    id: str
    inbox_id: str
    channel: str
    contact: Named
    tickets: list[int]
    last_inbound_at: Time | None
    window: Window
    created_at: Time


class Messages(Shape):
    messages: list[Message]
    next: str | None


class Written(Shape):
    """The parts in which it goes out, in order; a note is one."""

    messages: list[Message]


class NewMessage(Sent):
    """An answer to the customer, or a note for colleagues. The same `client_id` again is the same message."""

    kind: Literal["reply", "note"]
    text: str = Field("", max_length=TEXT_LIMIT)
    attachments: list[UploadId] = Field([], max_length=MOST_UPLOADS, description="Ids of uploads, in order.")
    reply_to: Id | None = Field(None, description="The id of the message that it quotes.")
    client_id: str | None = Field(None, max_length=verbs.MAX_CLIENT_ID, description="Letters, digits and “-”.")


@bp.get("/conversations/<int:id>")
@operation("One conversation", answer=Conversation)
def look(id: int) -> Conversation:
    token = current_token()
    row = access.conversation(id, by=token)
    allowed = outbox.permission(row, is_typed=False)
    return Conversation(
        id=str(row.id),
        inbox_id=str(row.inbox_id),
        channel=row.inbox.channel,
        contact=Named(id=str(row.identity.contact_id), name=row.identity.shown_name),
        tickets=[ticket.number for ticket in listings.chapters(row, by=token)],
        last_inbound_at=row.last_inbound_at,
        window=Window(may_send=allowed.permission, until=allowed.until, reason=allowed.reason),
        created_at=row.created_at,
    )


@bp.get("/conversations/<int:id>/messages")
@operation("What was said, oldest first", answer=Messages, query=Paging)
def read(id: int, query: Paging) -> Messages:
    token = current_token()
    page = listings.messages(access.conversation(id, by=token), by=token, after=query.cursor, limit=query.limit)
    return Messages(messages=[shown(one) for one in page.items], next=str(page.next) if page.next else None)


@bp.post("/conversations/<int:id>/messages")
@operation("Answers the customer, or adds a note", answer=Written, status=201, scope=Scope.WRITE, body=NewMessage)
def write(id: int, body: NewMessage) -> Response:
    def work(token: ApiToken) -> Written:
        ticket = to_answer(access.conversation(id, by=token), token)
        return Written(messages=[shown(one) for one in _write(ticket, body, token)])

    return once(work, status=201)


def to_answer(conversation: Row, token: ApiToken) -> Ticket:
    """Where the conversation goes on. Raises Forbidden when that is in another team's hands by now."""
    ticket = tickets.to_answer(conversation)
    if ticket is None or not access.may_see(token, ticket):
        raise Forbidden("This conversation goes on in a ticket that is not yours to see.")
    return ticket


def _write(ticket: Ticket, body: NewMessage, token: ApiToken) -> list[MessageRow]:
    client_id = body.client_id or str(uuid4())
    if body.kind == "note":
        if body.attachments or body.reply_to:
            raise Invalid("A note is text alone.")
        return [verbs.note(ticket, client_id=client_id, text=body.text, by=token)]
    return verbs.reply(
        ticket,
        client_id=client_id,
        text=body.text,
        uploads=body.attachments,
        reply_to=_quoted(body.reply_to, token),
        by=token,
    )


def _quoted(id: str | None, token: ApiToken) -> int | None:
    if id is None:
        return None
    try:
        return access.message(int(id), by=token).id
    except NotFound:
        raise Invalid("The quoted message is not there, or not yours to see.") from None
