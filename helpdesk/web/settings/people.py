"""Who works at the desk, and in which teams."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from helpdesk.domain import access, agents
from helpdesk.web.auth import current_agent
from helpdesk.web.settings.blueprint import bp


@bp.get("/people")
def people() -> ResponseReturnValue:
    return render_template("settings/people.html", people=agents.listing(), teams=access.teams(current_agent()))
