"""What the desk's templates need, gathered for one viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import current_app, request
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.channels.contract import Limits
from helpdesk.db import db
from helpdesk.domain import access, channels, drafts, events, outbox, queue_views, thread, tickets
from helpdesk.models import Agent, Conversation, DraftKind, Identity, Message, Ticket

DEFAULT_VIEW = "mine"


@dataclass(frozen=True)
class Customer:
    """The tickets of one contact that the viewer may see, newest first, and the identities behind them."""

    past_tickets: Sequence[Ticket]
    identities: Sequence[Identity]


def view_name() -> str:
    """The view that the address names. Raises NotFound for one that is not there."""
    return queue_views.view(request.args.get("view", DEFAULT_VIEW)).name


def frame(agent: Agent) -> dict[str, Any]:
    """The whole page: what is read first is how far the desk is, so that nothing after it can be missed."""
    upto = events.upto()
    settings = current_app.extensions["settings"]
    return {"upto": upto, "live_url": settings.live_url, "agent": agent, "server_now": clock.now(), "ticket": None}


def queue(agent: Agent, *, after: str | None = None) -> dict[str, Any]:
    name = view_name()
    view = queue_views.view(name)
    page = queue_views.page(view, agent=agent, after=after)
    return {
        "view_name": name,
        "view": view,
        "views": queue_views.VIEWS,
        "counts": queue_views.counts(agent),
        "page": page,
        "put_off": None if page.rows or name == "snoozed" else queue_views.put_off(agent),
        "server_now": clock.now(),
    }


def pane(ticket: Ticket, agent: Agent, *, before: str | None = None) -> dict[str, Any]:
    """Thread, composer and customer of a ticket."""
    read_seq, found = tickets.unread_seq(ticket, by=agent), drafts.of(ticket, by=agent)
    shown = thread.page(ticket, agent=agent, before=before, read_seq=read_seq)
    return {
        "ticket": ticket,
        "agent": agent,
        "thread": shown,
        "seen": max((item.id for item in shown.items if isinstance(item, Message)), default=None),
        "view_name": view_name(),
        "server_now": clock.now(),
        "drafts": {kind.value: drafts.described(found.get(kind)) for kind in DraftKind},
        **composer(ticket),
        **panel(ticket, agent),
    }


def composer(ticket: Ticket) -> dict[str, Any]:
    limits = channels.of(ticket.conversation.inbox.channel).limits
    return {
        "limits": limits,
        "media_limits": media_limits(limits),
        "accept": ",".join(sorted({kind for limit in limits.media.values() for kind in limit.types})),
        "permission": outbox.permission(ticket.conversation),
        "client_id": str(uuid4()),
    }


def media_limits(limits: Limits) -> dict[str, dict[str, Any]]:
    """`{"image": {"types": […], "size": bytes}}`: what the page checks before it uploads."""
    return {kind.value: {"types": sorted(limit.types), "size": limit.size} for kind, limit in limits.media.items()}


def panel(ticket: Ticket, agent: Agent) -> dict[str, Any]:
    customer = _customer(ticket, agent)
    return {"past_tickets": customer.past_tickets, "identities": customer.identities}


def _customer(ticket: Ticket, agent: Agent) -> Customer:
    found = (
        access.tickets(agent)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Identity.contact_id == ticket.conversation.identity.contact_id)
        .options(joinedload(Ticket.conversation).joinedload(Conversation.identity).joinedload(Identity.inbox))
        .order_by(Ticket.id.desc())
        .limit(20)
    )
    past = db.session.execute(found).scalars().all()
    known = {each.conversation.identity.id: each.conversation.identity for each in past}
    return Customer(past, list(known.values()))
