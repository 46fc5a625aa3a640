"""Notes about a person: written, changed by who wrote them, deleted."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, contact_notes
from helpdesk.errors import HelpdeskError
from helpdesk.web.auth import current_agent
from helpdesk.web.contacts import bp
from helpdesk.web.contacts.answers import changed, refused


@bp.post("/contacts/<int:id>/notes")
def add_note(id: int) -> ResponseReturnValue:
    agent = current_agent()
    try:
        with transaction():
            contact_notes.add(access.contact(id, by=agent), text=request.form.get("text", ""), by=agent)
    except HelpdeskError as problem:
        return refused(problem, field="text")
    return changed(id)


@bp.post("/contacts/notes/<int:id>")
def edit_note(id: int) -> ResponseReturnValue:
    agent = current_agent()
    try:
        with transaction():
            note = access.own_note(id, by=agent)
            contact_notes.edit(note, text=request.form.get("text", ""), by=agent)
            contact_id = note.contact_id
    except HelpdeskError as problem:
        return refused(problem, field="text")
    return changed(contact_id)


@bp.post("/contacts/notes/<int:id>/remove")
def remove_note(id: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        note = access.removable_note(id, by=agent)
        contact_id = note.contact_id
        contact_notes.remove(note, by=agent)
    return changed(contact_id)
