"""How a ticket stands: put off, left to the customer, taken up again; its priority and its tags."""

from __future__ import annotations

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk import clock
from helpdesk.db import transaction
from helpdesk.domain import access, standing, typed_times
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.models import Priority, Ticket
from helpdesk.realtime import streams
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed, is_script
from helpdesk.web.tickets.forms import zone_of

# What is offered beside the field: the words on the button, and what they stand for.
PRESETS = (("In an hour", "in 1 hour"), ("Tomorrow, 9:00", "tomorrow 9:00"), ("Next Monday, 9:00", "next mon 9:00"))


@bp.get("/tickets/<int:number>/standing", endpoint="standing")
def menu(number: int) -> str:
    """What can be changed: the menu for a script, a page for browsers without one."""
    ticket = access.ticket(number, by=current_agent())
    template = "tickets/_standing.html" if is_script() else "tickets/standing.html"
    return render_template(template, ticket=ticket, priorities=Priority, presets=PRESETS)


@bp.get("/typed-time")
def typed_time() -> ResponseReturnValue:
    """How a typed time is understood: `{at, words}`; 422 with what is wrong with it. `text`; `zone`: of the typist."""
    zone = zone_of()
    until = typed_times.read(request.args.get("text", ""), now=clock.now(), zone=zone)
    standing.guard_until(until)
    return jsonify({"at": until.isoformat(), "words": typed_times.spoken(until, zone=zone)})


@bp.post("/tickets/<int:number>/snooze")
def snooze(number: int) -> ResponseReturnValue:
    """`until`: a time as it is typed; `zone`: of the typist."""
    agent, text, zone = current_agent(), request.form.get("until", ""), zone_of()
    with transaction():
        ticket = access.ticket(number, by=agent)
        until = typed_times.read(text, now=clock.now(), zone=zone)
        standing.snooze(ticket, until=until, by=Actor.of(agent))
    return _answer(ticket)


@bp.post("/tickets/<int:number>/wait")
def wait(number: int) -> ResponseReturnValue:
    """Leaves it to the customer."""
    agent = current_agent()
    with transaction():
        ticket = access.ticket(number, by=agent)
        standing.leave_to_customer(ticket, by=Actor.of(agent))
    return _answer(ticket)


@bp.post("/tickets/<int:number>/resume")
def resume(number: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        ticket = access.ticket(number, by=agent)
        standing.resume(ticket, by=Actor.of(agent))
    return _answer(ticket)


@bp.post("/tickets/<int:number>/priority")
def prioritise(number: int) -> ResponseReturnValue:
    agent, given = current_agent(), request.form.get("priority", "")
    if given not in list(Priority):
        raise Invalid("Choose a priority.")
    with transaction():
        ticket = access.ticket(number, by=agent)
        standing.prioritise(ticket, priority=Priority(given), by=Actor.of(agent))
    return _answer(ticket)


@bp.post("/tickets/<int:number>/tags")
def tag(number: int) -> ResponseReturnValue:
    """`tags`: all that it is to have, separated by commas."""
    agent = current_agent()
    names = [name.strip() for name in request.form.get("tags", "").split(",") if name.strip()]
    with transaction():
        ticket = access.ticket(number, by=agent)
        standing.tag(ticket, names=names, by=Actor.of(agent))
    return _answer(ticket)


def _answer(ticket: Ticket) -> ResponseReturnValue:
    return changed([streams.header(ticket), streams.row(ticket)], number=ticket.number)
