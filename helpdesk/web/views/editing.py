"""Making a view and changing one. Its form is drawn by the server after each change of its conditions, with what the
view would hold now."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, conditions, queue_pages, queue_places, queue_views, saved_views
from helpdesk.domain.conditions import Group
from helpdesk.domain.queue_views import View
from helpdesk.domain.saved_views import Wish
from helpdesk.errors import Forbidden, HelpdeskError, Invalid
from helpdesk.models import Agent, Audience, SavedView
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import pages
from helpdesk.web.views import forms
from helpdesk.web.views.blueprint import bp
from helpdesk.web.views.forms import ViewForm


@bp.get("/new")
def new() -> str:
    """An empty one, or what the queue's address asks for, to be given a name."""
    agent = current_agent()
    view = pages.asked(agent).view if request.args else queue_views.VIEWS["all"]
    group = Group(items=(*view.group.items, *view.filters.items)) if request.args else Group(items=(forms.NEW,))
    return _page(Wish("", Audience.PRIVATE, None, group, view.order), agent)


@bp.post("")
def create() -> ResponseReturnValue:
    agent = current_agent()
    return _submitted(agent, None)


@bp.get("/<int:id>")
def edit(id: int) -> str:
    agent = current_agent()
    view = _theirs(id, agent)
    try:
        group, problem = conditions.from_data(view.conditions), None
    except Invalid as unreadable:
        group, problem = Group(), unreadable
    return _page(Wish(view.name, view.audience, view.team_id, group, view.sort), agent, view, problem)


@bp.post("/<int:id>")
def change(id: int) -> ResponseReturnValue:
    agent = current_agent()
    return _submitted(agent, _theirs(id, agent))


@bp.post("/form")
def form() -> str:
    """The conditions as they were submitted, changed as `do` says, with what they hold. Stores nothing."""
    agent = current_agent()
    return render_template("views/_conditions.html", **_conditions(ViewForm.submitted().wish.group, agent))


def _theirs(id: int, agent: Agent) -> SavedView:
    view = access.saved_view(id, by=agent)
    if not saved_views.may_change(view, by=agent):
        raise Forbidden("A team's views are changed by its leads, everyone's by owners. Save one of your own.")
    return view


def _submitted(agent: Agent, view: SavedView | None) -> ResponseReturnValue:
    """Stores it and shows it; a button of the tree, or an error, leads back to the form with all that was filled in."""
    submitted = ViewForm.submitted()
    if submitted.do:
        return _page(submitted.wish, agent, view)
    try:
        with transaction():
            saved = access.saved_view(view.id, by=agent) if view else None
            if saved is None:
                saved = saved_views.create(submitted.wish, by=agent)
            else:
                saved_views.change(saved, submitted.wish, by=agent)
            key = saved.key
    except HelpdeskError as problem:
        return _page(submitted.wish, agent, view, problem), problem.status
    return redirect(f"/tickets?view={key}", 303)


def _page(wish: Wish, agent: Agent, view: SavedView | None = None, problem: HelpdeskError | None = None) -> str:
    return render_template(
        "views/edit.html",
        wish=wish,
        saved=view,
        problem=problem,
        teams=access.led_teams(agent),
        orders=queue_places.ORDERS,
        **_conditions(wish.group, agent),
    )


def _conditions(group: Group, agent: Agent) -> dict[str, Any]:
    """What the partial of the conditions draws: the tree, what can be chosen, how many tickets there are."""
    used = {one.field for one in group.each()}
    options = {name: field.options(agent) for name, field in conditions.FIELDS.items() if name in used}
    problems = conditions.problems(group)
    view = View("", "", "", lambda agent: conditions.where(group, agent))
    return {
        "group": group,
        "fields": conditions.FIELDS,
        "options": options,
        "units": forms.UNITS,
        "in_units": forms.in_units,
        "problems": problems,
        "count": queue_pages.count(view, agent=agent),
        "holds_closed": conditions.may_hold_closed(group),
    }
