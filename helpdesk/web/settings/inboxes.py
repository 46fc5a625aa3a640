"""The connected accounts, how they are, and what is decided for each."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, inboxes
from helpdesk.errors import Invalid
from helpdesk.models import InboxState
from helpdesk.web.auth import current_agent
from helpdesk.web.settings.blueprint import bp
from helpdesk.web.tickets.forms import number_of

# The chip's tone and word for each state.
STATES = {
    InboxState.WORKING: ("good", "Working"),
    InboxState.NEEDS_SIGN_IN: ("bad", "Needs a new access token"),
    InboxState.SUSPENDED: ("bad", "Suspended by the platform"),
}


@bp.get("/inboxes", endpoint="inboxes")
def page() -> ResponseReturnValue:
    return _page()


@bp.post("/inboxes", endpoint="change_inbox")
def change() -> ResponseReturnValue:
    """`inbox`: its id; `reopen_hours` and, when strangers are to be asked about, `holds_requests`. What cannot be is
    said beside what was typed, which stays there."""
    agent, id, typed = current_agent(), number_of("inbox") or 0, request.form.get("reopen_hours", "")
    try:
        with transaction():
            inbox = access.inbox(id, by=agent)
            inboxes.change(inbox, reopen_hours=_hours(typed), holds_requests=request.form.get("holds_requests") == "1")
    except Invalid as problem:
        return _page(problem=problem.sentence, place=id, typed=typed), problem.status
    flash(f"{inbox.name}: saved.")
    return redirect(url_for("settings.inboxes"), 303)


def _page(*, problem: str = "", place: int = 0, typed: str = "") -> str:
    found = access.inboxes(current_agent())
    return render_template(
        "settings/inboxes.html", inboxes=found, states=STATES, problem=problem, place=place, typed=typed
    )


def _hours(typed: str) -> int:
    typed = typed.strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 9):
        raise Invalid("The time for reopening is a whole number of hours, such as 72.")
    return int(typed)
