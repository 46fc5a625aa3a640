"""The connected accounts and how they are."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from helpdesk.domain import access
from helpdesk.models import InboxState
from helpdesk.web.auth import current_agent
from helpdesk.web.settings.blueprint import bp

# The chip's tone and word for each state.
STATES = {
    InboxState.WORKING: ("good", "Working"),
    InboxState.NEEDS_SIGN_IN: ("bad", "Needs a new access token"),
    InboxState.SUSPENDED: ("bad", "Suspended by the platform"),
}


@bp.get("/inboxes")
def inboxes() -> ResponseReturnValue:
    return render_template("settings/inboxes.html", inboxes=access.inboxes(current_agent()), states=STATES)
