"""What the composer sends: replies and notes, and drafts of them. And that somebody has read a ticket."""

from __future__ import annotations

from flask import flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from helpdesk import clock
from helpdesk.db import transaction
from helpdesk.domain import access, drafts, following, locks, messages, thread, tickets, typed_times
from helpdesk.domain.events import Actor
from helpdesk.domain.following import Then
from helpdesk.errors import Conflict, HelpdeskError
from helpdesk.models import Agent, DraftKind, Message, Ticket
from helpdesk.realtime import streams
from helpdesk.web import uploads
from helpdesk.web.answers import Form, wants
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp
from helpdesk.web.tickets.answers import changed
from helpdesk.web.tickets.forms import MOST_UPLOADS, WriteForm, kind_of, number_of


@bp.post("/tickets/<int:number>/messages")
def write(number: int) -> ResponseReturnValue:
    """A reply or a note; 201 with its messages, and the `draft`'s revision when one was named. 409 with `streams` of
    what a colleague has answered meanwhile."""
    form, agent = WriteForm.submitted(), current_agent()
    try:
        form.uploads.extend(_attached(number, agent))
        with transaction():
            ticket = access.ticket(number, by=agent)
            written = _write(ticket, form, agent)
            revision = None if form.draft is None else drafts.sent(ticket, form.kind, revision=form.draft, by=agent)
    except Conflict as conflict:
        return _guarded(conflict, number)
    except HelpdeskError as problem:
        return _refused(problem, number)
    drawn = [*streams.append_messages(written), *([streams.header(ticket), streams.row(ticket)] if form.then else [])]
    return changed(drawn, number=number, status=201, draft=revision)


@bp.get("/tickets/<int:number>/drafts")
def show_drafts(number: int) -> ResponseReturnValue:
    """`{reply: {revision, text, files, quoted}, note: …}`: one's own."""
    agent = current_agent()
    found = drafts.of(access.ticket(number, by=agent), by=agent)
    return jsonify({kind.value: drafts.described(found.get(kind)) for kind in DraftKind})


@bp.post("/tickets/<int:number>/draft")
def save_draft(number: int) -> ResponseReturnValue:
    """`{revision}` to build upon from now on; 409 with the `draft` that is there when it builds upon an old one."""
    agent, kind, revision, quoted = current_agent(), kind_of(), number_of("revision"), number_of("reply_to")
    uploads = request.form.getlist("upload")[:MOST_UPLOADS]
    with transaction():
        ticket, text = access.ticket(number, by=agent), request.form.get("text", "")
        saved = drafts.save(ticket, kind, revision=revision or 0, text=text, uploads=uploads, quoted=quoted, by=agent)
    return jsonify({"revision": saved.revision})


@bp.post("/tickets/<int:number>/read")
def read(number: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        tickets.read(access.ticket(number, by=agent), by=agent)
    return "", 204


def _write(ticket: Ticket, form: WriteForm, agent: Agent) -> list[Message]:
    """What is sent once more under the same id is there already, and the ticket has moved on since."""
    locks.conversation(ticket.conversation_id)
    known = messages.known_as(ticket.conversation, form.client_id)
    if known:
        return known
    is_snoozed = form.then is Then.SNOOZE
    until = typed_times.read(form.until, now=clock.now(), zone=form.zone) if is_snoozed else None
    written = _message(ticket, form, agent)
    following.follow(ticket, form.then, until=until, by=Actor.of(agent))
    return written


def _message(ticket: Ticket, form: WriteForm, agent: Agent) -> list[Message]:
    if form.kind is DraftKind.NOTE:
        return [messages.note(ticket, client_id=form.client_id, text=form.text, mentions=form.mentions, by=agent)]
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
    ids = conflict.details.get("messages")
    if not isinstance(ids, list):
        raise conflict  # nothing that could be sent anyway
    answered = [each for each in thread.loaded(ids) if _may_show(each)]
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
