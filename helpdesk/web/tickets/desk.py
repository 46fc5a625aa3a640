"""The pages of the desk, and the parts of them that a page asks for again."""

from __future__ import annotations

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk import clock
from helpdesk.domain import access, conversation_files, outbox, tickets
from helpdesk.models import Ticket
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp, customer, pages
from helpdesk.web.tickets.answers import is_script
from helpdesk.web.tickets.forms import number_from


@bp.get("/")
def start() -> ResponseReturnValue:
    return redirect("/tickets?view=mine")


@bp.get("/tickets")
def view() -> str:
    """A view of the queue with no ticket open."""
    agent = current_agent()
    frame = pages.frame(agent)
    shown = {**pages.search(agent), **pages.queue(agent, after=request.args.get("after"))}
    return render_template("tickets/desk.html", **{**shown, **frame})


@bp.get("/tickets/<int:number>")
def ticket(number: int) -> ResponseReturnValue:
    """The queue, or what was searched for, with a ticket open beside it. One that was merged leads to its survivor."""
    agent = current_agent()
    frame = pages.frame(agent)
    found = access.ticket(number, by=agent)
    if found.is_merged:
        return _to_survivor("tickets.ticket", found)
    pane = pages.pane(found, agent)
    shown = {**pages.search(agent), **pages.queue(agent), **pane, **frame, "ticket": pane["ticket"]}
    return render_template("tickets/desk.html", **shown)


@bp.get("/tickets/<int:number>/pane")
def pane(number: int) -> ResponseReturnValue:
    """Thread, composer and customer alone, to be put in the place of those of another ticket."""
    agent = current_agent()
    found = access.ticket(number, by=agent)
    if found.is_merged:
        return _to_survivor("tickets.pane", found)
    return render_template("tickets/_pane.html", **pages.pane(found, agent))


@bp.get("/tickets/<int:number>/thread")
def thread(number: int) -> ResponseReturnValue:
    """A page of the thread, older or newer ones or the newest: `{items: [partials, oldest first], older, newer}`."""
    agent = current_agent()
    found = pages.conversation(access.ticket(number, by=agent), agent)
    items = [render_template("tickets/_item.html", item=item).strip() for item in found.items]
    return jsonify({"items": items, "older": found.older, "newer": found.newer})


@bp.get("/tickets/<int:number>/header")
def header(number: int) -> str:
    return render_template("tickets/_header.html", ticket=access.ticket(number, by=current_agent()))


@bp.get("/tickets/<int:number>/panel")
def panel(number: int) -> str:
    agent = current_agent()
    found = access.ticket(number, by=agent)
    permission = outbox.permission(found.conversation)
    return render_template("tickets/_panel.html", ticket=found, permission=permission, **customer.panel(found, agent))


@bp.get("/tickets/<int:number>/files")
def files(number: int) -> str:
    """Files of the conversation, `before` one of them: a part for a script, a page for browsers without."""
    agent = current_agent()
    found = access.ticket(number, by=agent)
    page = conversation_files.page(found.conversation, by=agent, before=number_from(request.args.get("before", "")))
    name = "tickets/_files.html" if is_script() else "tickets/files.html"
    return render_template(name, ticket=found, shown_files=page)


@bp.get("/tickets/<int:number>/window")
def window(number: int) -> str:
    """What may be written now, and until when."""
    found = access.ticket(number, by=current_agent())
    return render_template("tickets/_window.html", ticket=found, server_now=clock.now(), **pages.composer(found))


def _to_survivor(endpoint: str, ticket: Ticket) -> ResponseReturnValue:
    return redirect(url_for(endpoint, number=tickets.survivor(ticket).number, view=request.args.get("view")))
