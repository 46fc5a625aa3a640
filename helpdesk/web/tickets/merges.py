"""Making one ticket of two, and two of them again."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, merges
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Agent, Ticket
from helpdesk.realtime import streams
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed, sheet
from helpdesk.web.tickets.forms import number_from, number_of


@bp.get("/tickets/<int:number>/merge")
def merge_form(number: int) -> ResponseReturnValue:
    """With which ticket (`other`), and which of the two is kept (`keep`, 0 for the other): once named, what will
    happen."""
    agent = current_agent()
    ticket, other = access.ticket(number, by=agent), number_from(request.args.get("other", ""))
    if other is None:
        return sheet("merge", ticket=ticket, others=merges.candidates(ticket, by=agent), problem="")
    went, into = _pair(ticket, access.ticket(other, by=agent), number_from(request.args.get("keep", "")))
    problem = merges.obstacle(went, into=into)
    if problem:
        return sheet("merge", ticket=ticket, others=merges.candidates(ticket, by=agent), problem=problem)
    told = merges.preview(went, into=into)
    return sheet("merge_preview", ticket=ticket, other=other, into=into, told=told)


@bp.post("/tickets/<int:number>/merge")
def merge(number: int) -> ResponseReturnValue:
    """`other`: the number of the other ticket; `keep`: that of the one that is kept."""
    agent, other, keep = current_agent(), number_of("other"), number_of("keep")
    if other is None:
        raise Invalid("Choose the other ticket.")
    with transaction():
        went, into = _pair(access.ticket(number, by=agent), access.ticket(other, by=agent), keep)
        merges.merge(went, into=into, by=agent)
    drawn = [streams.row(went), streams.row(into)]
    said = f"Ticket {went.number} is part of ticket {into.number} now. It can be taken out again beside the thread."
    return changed(drawn, number=into.number, go=into.number, said=said)


@bp.post("/tickets/<int:number>/unmerge")
def unmerge(number: int) -> ResponseReturnValue:
    """Takes out of this ticket again the one whose number is `merged`. 409 with what makes it impossible."""
    agent, merged = current_agent(), number_of("merged")
    with transaction():
        into, went = access.ticket(number, by=agent), _merged(merged, agent)
        row = merges.last(went)
        if row is None or row.into_id != into.id:
            raise Conflict("These two are two tickets again already.")
        merges.undo(row, by=agent)
    drawn = [streams.row(went), streams.row(into)]
    return changed(drawn, number=into.number, go=into.number, said=f"Ticket {went.number} stands for itself again.")


def _pair(ticket: Ticket, other: Ticket, keep: int | None) -> tuple[Ticket, Ticket]:
    """The one that goes, and the one that is kept: the one that was asked about, unless the other is named."""
    if keep not in (None, 0, ticket.number, other.number):
        raise Invalid("Choose which of the two tickets is kept.")
    return (ticket, other) if keep in (0, other.number) else (other, ticket)


def _merged(number: int | None, agent: Agent) -> Ticket:
    if number is None:
        raise Invalid("Choose the ticket that is to be taken out.")
    return access.ticket(number, by=agent)
