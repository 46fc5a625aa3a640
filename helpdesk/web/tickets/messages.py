"""What can be done with one message: react, decide about one that did not arrive, and read how it went."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, attachments, journey, messages
from helpdesk.domain.events import Actor
from helpdesk.errors import NotFound
from helpdesk.models import Agent, Message, Ticket
from helpdesk.realtime import streams
from helpdesk.realtime.streams import Stream
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed, is_script


@bp.get("/messages/<int:id>/journey", endpoint="journey")
def its_journey(id: int) -> ResponseReturnValue:
    """Its steps: in the dialog, or on a page of their own."""
    agent = current_agent()
    message = access.message(id, by=agent)
    name = "tickets/_journey.html" if is_script() else "tickets/journey.html"
    return render_template(name, message=message, steps=journey.steps(message), agent=agent)


@bp.post("/messages/<int:id>/reaction")
def react(id: int) -> ResponseReturnValue:
    emoji, agent = request.form.get("emoji", ""), current_agent()
    with transaction():
        message = access.message(id, by=agent)
        messages.react(message, emoji=emoji, by=agent)
    return _shown(message)


@bp.post("/messages/<int:id>/retry")
def retry(id: int) -> ResponseReturnValue:
    return _decide(id, lambda message, agent: messages.retry(message, by=agent))


@bp.post("/messages/<int:id>/try-now")
def try_now(id: int) -> ResponseReturnValue:
    return _decide(id, lambda message, agent: messages.try_now(message, by=agent))


@bp.post("/messages/<int:id>/confirm")
def confirm(id: int) -> ResponseReturnValue:
    """It arrived."""
    return _decide(id, lambda message, agent: messages.confirm(message, by=agent))


@bp.post("/messages/<int:id>/send-again")
def send_again(id: int) -> ResponseReturnValue:
    return _decide(id, lambda message, agent: messages.send_again(message, by=agent))


@bp.post("/messages/<int:id>/cancel")
def cancel(id: int) -> ResponseReturnValue:
    return _decide(id, lambda message, agent: messages.cancel(message, by=agent))


@bp.post("/messages/<int:id>/claim")
def claim(id: int) -> ResponseReturnValue:
    """`mine`: 1 for "This was me", 0 to take that back."""
    verb = messages.claim if request.form.get("mine", "1") == "1" else messages.disclaim
    return _decide(id, lambda message, agent: verb(message, by=agent))


@bp.post("/messages/<int:id>/remove")
def remove(id: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        message = access.message(id, by=agent)
        ticket, element = _ticket(message), message.dom_id
        messages.remove(message, by=agent)
    return changed([streams.remove(element), streams.row(ticket)], number=ticket.number)


@bp.post("/attachments/<public_id>/fetch")
def fetch(public_id: str) -> ResponseReturnValue:
    """Tries a customer's file again."""
    agent = current_agent()
    with transaction():
        attachment = access.attachment(public_id, by=agent)
        attachments.fetch_again(attachment, by=Actor.of(agent))
        message = attachment.message
    if message is None:
        raise NotFound
    return _shown(message)


def _decide(id: int, verb: Callable[[Message, Agent], None]) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        message = access.message(id, by=agent)
        verb(message, agent)
    return _shown(message)


def _shown(message: Message) -> ResponseReturnValue:
    ticket = _ticket(message)
    drawn: list[Stream] = [streams.message(message, is_new=False), streams.row(ticket)]
    return changed(drawn, number=ticket.number)


def _ticket(message: Message) -> Ticket:
    if message.ticket is None:
        raise NotFound
    return message.ticket
