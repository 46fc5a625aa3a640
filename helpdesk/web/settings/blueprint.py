"""What every page of the settings shares: its address, and that only owners come in."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.domain import access
from helpdesk.web.auth import agent_or_none

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.before_request
def _owners_only() -> None:
    """Strangers were asked to sign in before this."""
    agent = agent_or_none()
    if agent is not None:
        access.require_owner(agent)


@bp.get("")
def start() -> ResponseReturnValue:
    return redirect(url_for("settings.inboxes"))
