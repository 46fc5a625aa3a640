"""One's own keys: changed, switched off, and how the composer sends."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.db import db, transaction
from helpdesk.domain import keys, queue_views
from helpdesk.errors import Invalid
from helpdesk.models import Agent
from helpdesk.web.auth import current_agent

bp = Blueprint("keys", __name__)


def init_app(app: Flask) -> None:
    """Every page knows its viewer's keys, and where the palette leads."""
    app.add_template_global(keys.listed, "keys_listed")
    app.add_template_global(keys.shown, "keys_shown")
    app.add_template_global(lambda: queue_views.VIEWS, "palette_views")


@bp.get("/account/keys")
def choose() -> ResponseReturnValue:
    agent = current_agent()
    return _page(keys.of(agent), sends_by_enter=agent.sends_by_enter)


@bp.post("/account/keys")
def save() -> ResponseReturnValue:
    """A field for each action, empty for no key; `sends_by`: enter or mod. `usual`: all of them as they were."""
    agent_id, is_usual = current_agent().id, "usual" in request.form
    chosen = {} if is_usual else {name: request.form[name] for name in keys.BY_NAME if name in request.form}
    sends_by_enter = is_usual or request.form.get("sends_by") != "mod"
    try:
        with transaction():
            keys.choose(db.session.get_one(Agent, agent_id), chosen, sends_by_enter=sends_by_enter)
    except Invalid as problem:
        return _page(chosen, sends_by_enter=sends_by_enter, problem=problem)
    flash("Your keys are back to the usual ones." if is_usual else "Your keys are saved.")
    return redirect(url_for("keys.choose"))


def _page(chosen: Mapping[str, str], *, sends_by_enter: bool, problem: Invalid | None = None) -> Response:
    """With what was typed, whatever is wrong with it."""
    groups: dict[str, list[keys.Action]] = {}
    for action in keys.ACTIONS:
        groups.setdefault(action.group, []).append(action)
    page = render_template(
        "account/keys.html",
        groups=groups,
        chosen=chosen,
        sends_by_enter=sends_by_enter,
        problem=problem and problem.sentence,
        problems=problem.details["problems"] if problem else {},
    )
    return make_response(page, problem.status if problem else 200)
