"""What the shop calls the ways in which a ticket stands."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import statuses
from helpdesk.errors import Invalid
from helpdesk.models import Category
from helpdesk.web.settings.blueprint import bp

# The categories, in words that do not change when a shop renames their standard status.
WORDS = {
    Category.OPEN: "Our turn: the customer waits for us",
    Category.WAITING: "The customer's turn: our clock is paused",
    Category.SNOOZED: "Put off until a time, or until the customer writes",
    Category.CLOSED: "Done",
}


@bp.get("/statuses")
def statuses_page() -> ResponseReturnValue:
    return _page()


@bp.post("/statuses")
def add_status() -> ResponseReturnValue:
    """`category` and `name`."""
    category, name = request.form.get("category", ""), request.form.get("name", "")
    if category not in [one.value for one in Category]:
        raise Invalid("Choose where the status belongs.")
    return _change(lambda: statuses.add(Category(category), name=name), f"“{name.strip()}” is there.", category, name)


@bp.post("/statuses/rename")
def rename_status() -> ResponseReturnValue:
    key, name = request.form.get("key", ""), request.form.get("name", "")
    return _change(lambda: statuses.rename(key, name=name), f"It is called “{name.strip()}” now.", key, name)


@bp.post("/statuses/remove")
def remove_status() -> ResponseReturnValue:
    key = request.form.get("key", "")
    return _change(lambda: statuses.remove(key), "Its tickets go by the standard name again.", key, "")


def _change(verb: Callable[[], object], done: str, place: str, typed: str) -> ResponseReturnValue:
    """What cannot be is said beside what was typed, which stays there."""
    try:
        with transaction():
            verb()
    except Invalid as problem:
        return _page(problem=problem.sentence, place=place, typed=typed), problem.status
    flash(done)
    return redirect(url_for("settings.statuses_page"), 303)


def _page(*, problem: str = "", place: str = "", typed: str = "") -> str:
    known = statuses.listing()
    groups = [(one, WORDS[one], [each for each in known if each.category is one]) for one in statuses.NAMED]
    return render_template("settings/statuses.html", groups=groups, problem=problem, place=place, typed=typed)
