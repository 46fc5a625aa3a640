"""In whose hands a ticket is: assigning, moving, closing, reopening."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.models import Ticket
from helpdesk.realtime import streams
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed, is_script
from helpdesk.web.tickets.forms import number_of


@bp.get("/tickets/<int:number>/hands")
def hands(number: int) -> str:
    """To whom it can be given: the menu for a script, a page for browsers without one."""
    agent = current_agent()
    ticket = access.ticket(number, by=agent)
    template = "tickets/_hands.html" if is_script() else "tickets/hands.html"
    people, teams = access.assignable(ticket, by=agent), access.every_team(agent)
    return render_template(template, ticket=ticket, agent=agent, people=people, teams=teams)


@bp.get("/tickets/<int:number>/mentionable")
def mentionable(number: int) -> str:
    """Whom a note may call, for the menu behind an @."""
    agent = current_agent()
    ticket = access.ticket(number, by=agent)
    return render_template("tickets/_mentionable.html", people=access.mentionable(ticket, by=agent))


@bp.post("/tickets/<int:number>/assign")
def assign(number: int) -> ResponseReturnValue:
    """`to`: an agent's id, empty for nobody."""
    agent, to = current_agent(), number_of("to")
    with transaction():
        ticket = access.ticket(number, by=agent)
        tickets.assign(ticket, to=access.colleague(to, by=agent) if to else None, by=Actor.of(agent))
    return _answer(ticket)


@bp.post("/tickets/<int:number>/take")
def take(number: int) -> ResponseReturnValue:
    """Assigns it to oneself; 409 when somebody else was faster."""
    agent = current_agent()
    with transaction():
        ticket = access.ticket(number, by=agent)
        tickets.take(ticket, by=agent)
    return _answer(ticket)


@bp.post("/tickets/<int:number>/move")
def move(number: int) -> ResponseReturnValue:
    agent, team = current_agent(), number_of("team")
    if team is None:
        raise Invalid("Choose a team.")
    with transaction():
        ticket = access.ticket(number, by=agent)
        tickets.move(ticket, team=access.team(team, by=agent), by=Actor.of(agent))
    return _answer(ticket)


@bp.post("/tickets/<int:number>/close")
def close(number: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        ticket = access.ticket(number, by=agent)
        tickets.close(ticket, by=Actor.of(agent))
    return _answer(ticket)


@bp.post("/tickets/<int:number>/reopen")
def reopen(number: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        ticket = access.ticket(number, by=agent)
        tickets.reopen(ticket, by=Actor.of(agent))
    return _answer(ticket)


def _answer(ticket: Ticket) -> ResponseReturnValue:
    return changed([streams.header(ticket), streams.row(ticket)], number=ticket.number)
