"""The name, the language, the zone, the fields and the tags of a person, each saved by itself."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, contact_details, contact_fields, contact_values
from helpdesk.domain.events import Actor
from helpdesk.errors import HelpdeskError, NotFound
from helpdesk.models import Contact
from helpdesk.web.auth import current_agent
from helpdesk.web.contacts import bp
from helpdesk.web.contacts.answers import changed, refused


@bp.post("/contacts/<int:id>/known/<what>")
def know(id: int, what: str) -> ResponseReturnValue:
    """`what`: name, language, zone, or a field's id. `value` from now on; `seen`: what stood there before. Answers the
    value as it is kept; 409 with `current` when somebody else has changed it since."""
    agent, given, seen = current_agent(), request.form.get("value", ""), request.form.get("seen")
    try:
        with transaction():
            value = _change(access.contact(id, by=agent), what, given, seen, Actor.of(agent))
    except HelpdeskError as problem:
        return refused(problem, field="value")
    return changed(id, value=value)


@bp.post("/contacts/<int:id>/tags")
def tag(id: int) -> ResponseReturnValue:
    agent = current_agent()
    try:
        with transaction():
            contact_details.tag(access.contact(id, by=agent), name=request.form.get("tag", ""), by=Actor.of(agent))
    except HelpdeskError as problem:
        return refused(problem, field="tag")
    return changed(id)


@bp.post("/contacts/<int:id>/tags/remove")
def untag(id: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        contact_details.untag(access.contact(id, by=agent), name=request.form.get("tag", ""), by=Actor.of(agent))
    return changed(id)


def _change(contact: Contact, what: str, given: str, seen: str | None, by: Actor) -> str:
    if what in contact_details.CHANGES:
        return contact_details.CHANGES[what](contact, given, seen, by)
    if not (what.isascii() and what.isdigit() and len(what) <= 18):
        raise NotFound
    return contact_values.fill(contact, contact_fields.by_id(int(what)), given=given, seen=seen, by=by)
