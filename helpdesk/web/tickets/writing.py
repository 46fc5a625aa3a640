"""What the composer sends: replies and notes. And that somebody has read a ticket."""

from __future__ import annotations

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, messages, thread, tickets
from helpdesk.errors import Conflict, HelpdeskError
from helpdesk.models import Agent, Message, Ticket
from helpdesk.realtime import streams
from helpdesk.web import uploads
from helpdesk.web.answers import Form, wants
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed
from helpdesk.web.tickets.forms import WriteForm


@bp.post("/tickets/<int:number>/messages")
def write(number: int) -> ResponseReturnValue:
    """A reply or a note; 201 with its messages. 409 with `streams` of what a colleague has answered meanwhile."""
    form, agent = WriteForm.submitted(), current_agent()
    try:
        form.uploads.extend(_attached(number, agent))
        with transaction():
            written = _write(access.ticket(number, by=agent), form, agent)
    except Conflict as conflict:
        return _guarded(conflict, number)
    except HelpdeskError as problem:
        return _refused(problem, number)
    return changed(streams.append_messages(written), number=number, status=201)


@bp.post("/tickets/<int:number>/read")
def read(number: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        tickets.read(access.ticket(number, by=agent), by=agent)
    return "", 204


def _write(ticket: Ticket, form: WriteForm, agent: Agent) -> list[Message]:
    if form.kind == "note":
        return [messages.note(ticket, client_id=form.client_id, text=form.text, by=agent)]
    return messages.reply(
        ticket,
        client_id=form.client_id,
        text=form.text,
        uploads=form.uploads,
        reply_to=form.reply_to,
        quick_replies=form.quick_replies,
        template=form.template,
        is_heart=form.is_heart,
        seen=form.seen,
        anyway=form.anyway,
        by=agent,
    )


def _attached(number: int, agent: Agent) -> list[str]:
    """Files that a browser without a script sends along with the form."""
    given = [file for file in request.files.getlist("file") if file.filename]
    return [uploads.keep(file, number=number, agent=agent).public_id for file in given]


def _guarded(conflict: Conflict, number: int) -> ResponseReturnValue:
    if wants() is not Form.JSON:
        return _refused(conflict, number)
    ids = conflict.details.get("messages", [])
    answered = [each for each in thread.loaded(ids if isinstance(ids, list) else []) if _may_show(each)]
    return changed(
        streams.append_messages(answered), number=number, status=conflict.status, error=conflict.sentence, is_guard=True
    )


def _may_show(message: Message) -> bool:
    return message.ticket is not None and access.may_see(current_agent(), message.ticket)


def _refused(problem: HelpdeskError, number: int) -> ResponseReturnValue:
    """A script gets the error as such; a plain form leads back with it on top."""
    if wants() is Form.JSON:
        raise problem
    flash(problem.sentence)
    return redirect(f"/tickets/{number}", 303)
