"""What the team knows of a customer."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, contacts
from helpdesk.domain.events import Actor
from helpdesk.web.answers import Form, wants
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets.forms import number_of

bp = Blueprint("contacts", __name__)


@bp.post("/contacts/<int:id>/note")
def note(id: int) -> ResponseReturnValue:
    agent, text, number = current_agent(), request.form.get("text", ""), number_of("ticket")
    with transaction():
        contacts.note(access.contact(id, by=agent), text=text, by=Actor.of(agent))
    if wants() is Form.JSON:
        return jsonify({"streams": [], "saved": True})
    return redirect(f"/tickets/{number}" if number else "/", 303)
