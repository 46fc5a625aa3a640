"""What a form about a person answers: to a script what changed; a plain form leads back to the ticket, or shows again
what was typed when it could not be kept."""

from __future__ import annotations

from flask import jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.errors import HelpdeskError
from helpdesk.realtime import streams
from helpdesk.web.answers import Form, wants
from helpdesk.web.tickets.forms import number_of

_OURS = ("csrf_token", "seen")


def changed(contact_id: int, **details: object) -> ResponseReturnValue:
    """The page that changed it asks for the contact anew, as all others do."""
    number = number_of("ticket")
    if wants() is Form.JSON:
        drawn = [streams.refresh(f"contact-{contact_id}")]
        return jsonify({"streams": streams.as_json(drawn), "saved": True, **details})
    return redirect(f"/tickets/{number}" if number else "/", 303)


def refused(problem: HelpdeskError, *, field: str) -> ResponseReturnValue:
    """`field`: the name of what was typed. With a Conflict, what stands there now is what they have seen by then."""
    if wants() is Form.JSON:
        raise problem
    kept = {name: value for name, value in request.form.items() if name not in (*_OURS, field)}
    seen = problem.details.get("current", request.form.get("seen"))
    page = render_template(
        "contacts/again.html",
        problem=problem.sentence,
        field=field,
        typed=request.form.get(field, ""),
        kept=kept,
        seen=seen,
    )
    return page, problem.status
