"""What platforms sent, and what became of it: an owner's."""

from __future__ import annotations

from flask import Blueprint

from helpdesk.domain import listings
from helpdesk.models import Ledger, LedgerState, Scope
from helpdesk.web.api.operations import operation
from helpdesk.web.api.shapes import Paging, Shape, Time
from helpdesk.web.bearer import current_token

bp = Blueprint("ledger", __name__)


class Webhook(Shape):
    """One signed body, without its words: those stand in the console."""

    id: str
    channel: str
    state: LedgerState
    error: str
    attempts: int
    received_at: Time
    processed_at: Time | None


class Webhooks(Shape):
    webhooks: list[Webhook]
    next: str | None


class LedgerQuery(Paging):
    state: LedgerState | None = None


@bp.get("/ledger")
@operation("Lists received webhooks, newest first", answer=Webhooks, scope=Scope.ADMIN, query=LedgerQuery)
def find(query: LedgerQuery) -> Webhooks:
    page = listings.ledger(query.state, by=current_token(), after=query.cursor, limit=query.limit)
    return Webhooks(webhooks=[_shown(row) for row in page.items], next=str(page.next) if page.next else None)


def _shown(row: Ledger) -> Webhook:
    return Webhook(
        id=str(row.id),
        channel=row.channel,
        state=row.state,
        error=row.error,
        attempts=row.attempts,
        received_at=row.received_at,
        processed_at=row.processed_at,
    )
