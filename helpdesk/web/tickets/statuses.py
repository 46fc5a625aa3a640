"""What else can be done with a ticket: the name under which it stands, and whether a stranger is let in."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, requests, statuses
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.realtime import streams
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed, is_script

DECISIONS = {
    "accept": requests.accept,
    "ignore": requests.ignore,
    "block": requests.block,
    "unblock": requests.unblock,
}


@bp.get("/tickets/<int:number>/more")
def more(number: int) -> str:
    """What else can be done with it: the menu for a script, a page for browsers without one."""
    ticket = access.ticket(number, by=current_agent())
    template = "tickets/_more.html" if is_script() else "tickets/more.html"
    return render_template(template, ticket=ticket, statuses=statuses.choice(ticket))


@bp.post("/tickets/<int:number>/status")
def status(number: int) -> ResponseReturnValue:
    """`status`: the key of one."""
    agent, key = current_agent(), request.form.get("status", "")
    with transaction():
        ticket = access.ticket(number, by=agent)
        statuses.give(ticket, key=key, by=Actor.of(agent))
    return changed([streams.header(ticket), streams.row(ticket)], number=number)


@bp.post("/tickets/<int:number>/request")
def decide(number: int) -> ResponseReturnValue:
    """`decision`: accept, ignore, block or unblock."""
    agent, verb = current_agent(), DECISIONS.get(request.form.get("decision", ""))
    if verb is None:
        raise Invalid("Accept the request, ignore it, or block the sender.")
    with transaction():
        ticket = access.ticket(number, by=agent)
        verb(ticket, by=Actor.of(agent))
    return changed([streams.row(ticket), streams.pane(ticket)], number=number)
