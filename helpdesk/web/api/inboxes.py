"""The connected accounts, and how they are."""

from __future__ import annotations

from flask import Blueprint

from helpdesk.domain import listings
from helpdesk.models import Inbox as Row
from helpdesk.models import InboxState
from helpdesk.web.api.operations import operation
from helpdesk.web.api.shapes import Named, Paging, Shape, Time
from helpdesk.web.bearer import current_token

bp = Blueprint("inboxes", __name__)


class Inbox(Shape):
    """A connected account of a platform. Its secrets stay in the house."""

    id: str
    name: str
    channel: str
    account_id: str
    team: Named
    state: InboxState
    state_reason: str
    last_event_at: Time | None
    created_at: Time


class Inboxes(Shape):
    inboxes: list[Inbox]
    next: str | None


@bp.get("/inboxes")
@operation("Lists connected accounts, newest first", answer=Inboxes, query=Paging)
def find(query: Paging) -> Inboxes:
    page = listings.inboxes(by=current_token(), after=query.cursor, limit=query.limit)
    return Inboxes(inboxes=[_shown(row) for row in page.items], next=str(page.next) if page.next else None)


def _shown(row: Row) -> Inbox:
    return Inbox(
        id=str(row.id),
        name=row.name,
        channel=row.channel,
        account_id=row.account_id,
        team=Named(id=str(row.team.id), name=row.team.name),
        state=row.state,
        state_reason=row.state_reason,
        last_event_at=row.last_event_at,
        created_at=row.created_at,
    )
