"""What the desk's templates need, gathered for one viewer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from flask import current_app, request

from helpdesk import clock
from helpdesk.channels.contract import Limits
from helpdesk.db import db
from helpdesk.domain import (
    access,
    channels,
    conditions,
    drafts,
    events,
    outbox,
    queue_pages,
    queue_views,
    saved_views,
    thread,
    tickets,
)
from helpdesk.domain.queue_views import View
from helpdesk.domain.search import answers, asking
from helpdesk.domain.thread import Thread
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import Agent, Category, DraftKind, Message, Ticket
from helpdesk.web.tickets import customer

DEFAULT_VIEW = "mine"


@dataclass(frozen=True)
class Asked:
    """The view that an address asks for, narrowed by its filters. `query` asks for the same again."""

    view: View
    query: str

    @property
    def plain(self) -> str:
        """The same without filters."""
        return urlencode({"view": self.view.name})


def asked(agent: Agent) -> Asked:
    """Raises NotFound for a view that never was; in the place of a saved one that is gone the usual one says so."""
    name = request.args.get("view", DEFAULT_VIEW)
    filters = conditions.from_query(request.args.items(multi=True))
    try:
        view = queue_views.view(name, agent=agent)
    except NotFound:
        if not queue_views.is_key(name):
            raise
        view = replace(queue_views.VIEWS[DEFAULT_VIEW], problems=("The view of this address is not there any more.",))
    query = "&".join(filter(None, (urlencode({"view": view.name}), conditions.in_query(filters))))
    return Asked(view.narrowed(filters), query)


def frame(agent: Agent) -> dict[str, Any]:
    """The whole page: what is read first is how far the desk is, so that nothing after it can be missed."""
    upto = events.upto()
    settings = current_app.extensions["settings"]
    return {"upto": upto, "live_url": settings.live_url, "agent": agent, "server_now": clock.now(), "ticket": None}


def queue(agent: Agent, *, after: str | None = None, before: str | None = None) -> dict[str, Any]:
    """A view: its rows from the beginning, or as the address says: from a place on, after or before one."""
    wanted = asked(agent)
    view, saved = wanted.view, [queue_views.of_saved(one) for one in saved_views.listing(agent)]
    since = request.args.get("place")
    page = queue_pages.page(view, agent=agent, after=after, before=before, since=since)
    return {
        "view_name": view.name,
        "view_query": wanted.query,
        "view": view,
        "views": queue_views.VIEWS,
        "saved_views": saved,
        "chips": conditions.chips(view.filters, agent, base=wanted.plain),
        "counts": queue_pages.counts(agent, saved),
        "page": page,
        "put_off": None if page.rows or view.name == "snoozed" else queue_pages.put_off(agent),
        "server_now": clock.now(),
    }


def search(agent: Agent) -> dict[str, Any]:
    """The search that the address names: what was asked, what was found or what is wrong with the question, and what
    the form offers to choose from. `search` is None where nothing is asked for; `more` names a further page."""
    given = {name: value for name in asking.FIELDS if (value := request.args.get(name, "").strip())}
    found: dict[str, Any] = {
        "view_name": asked(agent).view.name,
        "given": given,
        "query": urlencode(given),
        "search": None,
        "problem": "",
        "inboxes": access.inboxes(agent),
        "people": access.colleagues(agent),
        "statuses": list(Category),
        "files": asking.FILES,
        "chosen": len(given.keys() - {"q"}),
    }
    if given:
        try:
            found["search"] = answers.to(asking.read(given, by=agent), by=agent, after=request.args.get("more"))
        except Invalid as problem:
            found["search"], found["problem"] = answers.Answers(), problem.sentence
    return found


def pane(ticket: Ticket, agent: Agent) -> dict[str, Any]:
    """Thread, composer and customer of a ticket; of the thread what the address names: `message` in the middle, a page
    `before` or `after`, else the newest."""
    shown, found = conversation(ticket, agent), drafts.of(ticket, by=agent)
    return {
        "ticket": ticket,
        "agent": agent,
        "thread": shown,
        "seen": max((item.id for item in shown.items if isinstance(item, Message)), default=None),
        "view_query": asked(agent).query,
        "server_now": clock.now(),
        "drafts": {kind.value: drafts.described(found.get(kind)) for kind in DraftKind},
        **composer(ticket),
        **customer.panel(ticket, agent),
    }


def conversation(ticket: Ticket, agent: Agent) -> Thread:
    """Raises Invalid for a place that is not in an address of ours."""
    before, after, message = (request.args.get(name) for name in ("before", "after", "message"))
    target = _target(ticket, message or "", agent)
    read_seq = tickets.unread_seq(ticket, by=agent)
    return thread.page(ticket, agent=agent, before=before, after=after, target=target, read_seq=read_seq)


def _target(ticket: Ticket, id: str, agent: Agent) -> Message | None:
    """The message that the address names, as far as it is in this conversation and theirs to see; it may be gone."""
    if not (id.isascii() and id.isdigit() and len(id) <= 18):
        return None
    found = access.messages(ticket.conversation, by=agent).where(Message.id == int(id)).options(*thread.SHOWN)
    return db.session.execute(found).scalar_one_or_none()


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
