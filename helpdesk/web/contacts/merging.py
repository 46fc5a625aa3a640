"""The same person known twice: found, shown side by side, merged; and parted again."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, contact_merging, contact_notes, listings
from helpdesk.errors import Invalid
from helpdesk.text import clean_line
from helpdesk.web.auth import current_agent
from helpdesk.web.contacts import bp
from helpdesk.web.contacts.answers import changed
from helpdesk.web.tickets.forms import number_of

SHOWN = 12  # people of a search


@bp.get("/contacts/<int:id>/merge")
def choose_other(id: int) -> ResponseReturnValue:
    """People whose names have the words `q`, to choose the one who is the same. `ticket`: where to go back to."""
    agent, words = current_agent(), clean_line(request.args.get("q", ""), 100)
    contact = access.whole_contact(id, by=agent)
    found = listings.contacts(words=words or None, by=agent, after=None, limit=SHOWN + 1).items if words else []
    others = [one for one in found if one.id != id][:SHOWN]
    known = listings.identities([contact, *others], by=agent)
    return render_template(
        "contacts/merge.html",
        contact=contact,
        others=others,
        known=known,
        notes=contact_notes.newest([contact, *others]),
        words=words,
        number=request.args.get("ticket", ""),
    )


@bp.post("/contacts/<int:id>/merge")
def merge(id: int) -> ResponseReturnValue:
    """`other` becomes a part of this person."""
    agent, other = current_agent(), number_of("other")
    if other is None:
        raise Invalid("Choose who is the same person.")
    with transaction():
        into, gone = access.whole_contact(id, by=agent), access.whole_contact(other, by=agent)
        contact_merging.merge(gone, into=into, by=agent)
    return changed(id)


@bp.post("/contacts/identities/<int:id>/part")
def part(id: int) -> ResponseReturnValue:
    """This identity is another person."""
    agent = current_agent()
    with transaction():
        found = access.identity(id, by=agent)
        access.whole_contact(found.contact_id, by=agent)
        before = found.contact_id
        contact_merging.part(found, by=agent)
    return changed(before)
