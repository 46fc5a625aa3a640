"""The list of saved views: their order, and deleting them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import access, queue_pages, queue_views, saved_views
from helpdesk.web.auth import current_agent
from helpdesk.web.views.blueprint import bp


@bp.get("")
def listing() -> str:
    agent = current_agent()
    rows = [
        (queue_views.of_saved(saved), saved_views.may_change(saved, by=agent)) for saved in saved_views.listing(agent)
    ]
    counts = queue_pages.counts(agent, [view for view, _ in rows])
    return render_template("views/list.html", rows=rows, counts=counts)


@bp.post("/<int:id>/delete")
def delete(id: int) -> ResponseReturnValue:
    agent = current_agent()
    with transaction():
        view = access.saved_view(id, by=agent)
        name = view.name
        saved_views.delete(view, by=agent)
    flash(f"The view “{name}” is deleted.")
    return redirect("/views", 303)


@bp.post("/<int:id>/move")
def move(id: int) -> ResponseReturnValue:
    """`to`: "up" or "down"."""
    agent = current_agent()
    with transaction():
        saved_views.move(access.saved_view(id, by=agent), is_up=request.form.get("to") == "up", by=agent)
    return redirect("/views", 303)
