"""Saying of two tickets that they have to do with each other."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, relations
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import Agent, Ticket
from helpdesk.realtime import streams
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed, sheet
from helpdesk.web.tickets.forms import number_of


@bp.get("/tickets/<int:number>/link")
def link_form(number: int) -> ResponseReturnValue:
    return sheet("link", ticket=access.ticket(number, by=current_agent()))


@bp.post("/tickets/<int:number>/link")
def link(number: int) -> ResponseReturnValue:
    """`other`: a ticket's number."""
    agent, other = current_agent(), number_of("other")
    with transaction():
        ticket = access.ticket(number, by=agent)
        relations.link(ticket, _other(other, agent), by=agent)
    return changed([streams.panel(ticket)], number=number, said=f"Linked to ticket {other}.")


@bp.post("/tickets/<int:number>/unlink")
def unlink(number: int) -> ResponseReturnValue:
    agent, other = current_agent(), number_of("other")
    with transaction():
        ticket = access.ticket(number, by=agent)
        relations.unlink(ticket, _other(other, agent), by=agent)
    return changed([streams.panel(ticket)], number=number)


def _other(number: int | None, agent: Agent) -> Ticket:
    if number is None:
        raise Invalid("Write the number of the other ticket.")
    try:
        return access.ticket(number, by=agent)
    except NotFound:
        raise Invalid(f"There is no ticket {number}, or it is not yours to see.") from None
