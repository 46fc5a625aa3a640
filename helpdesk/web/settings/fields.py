"""What is to be known of every customer: the fields that agents fill in beside a thread."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.db import transaction
from helpdesk.domain import contact_fields
from helpdesk.errors import HelpdeskError
from helpdesk.models import ContactField, FieldKind
from helpdesk.web.settings.blueprint import bp

KINDS = {
    FieldKind.TEXT: "Text",
    FieldKind.NUMBER: "Number",
    FieldKind.DATE: "Date",
    FieldKind.CHOICE: "Choice",
    FieldKind.YES_NO: "Yes or no",
    FieldKind.LINK: "Link",
}


@bp.get("/fields")
def fields() -> ResponseReturnValue:
    return _page()


@bp.post("/fields")
def add_field() -> ResponseReturnValue:
    """`name`, `kind`, `hint`, and the `choices` of a choice, one a line."""
    return _done(lambda: contact_fields.add(kind=_given("kind"), **_words()), about=0)


@bp.post("/fields/<int:id>")
def change_field(id: int) -> ResponseReturnValue:
    return _done(lambda: contact_fields.change(_field(id), **_words()), about=id)


@bp.post("/fields/<int:id>/move")
def move_field(id: int) -> ResponseReturnValue:
    """`to`: up or down."""
    return _done(lambda: contact_fields.move(_field(id), up=_given("to") == "up"), about=id)


@bp.post("/fields/<int:id>/remove")
def remove_field(id: int) -> ResponseReturnValue:
    return _done(lambda: contact_fields.remove(_field(id)), about=id)


@bp.post("/fields/<int:id>/back")
def bring_field_back(id: int) -> ResponseReturnValue:
    return _done(lambda: contact_fields.bring_back(_field(id)), about=id)


def _field(id: int) -> ContactField:
    return contact_fields.any_by_id(id)


def _given(name: str) -> str:
    return request.form.get(name, "")


def _words() -> dict[str, str]:
    return {name: _given(name) for name in ("name", "hint", "choices")}


def _done(verb: Callable[[], object], *, about: int) -> ResponseReturnValue:
    """Back to the page; with what was typed still in its place when it could not be kept."""
    try:
        with transaction():
            verb()
    except HelpdeskError as problem:
        if problem.status not in (409, 422):
            raise
        return _page(problem=problem.sentence, about=about), problem.status
    return redirect(url_for("settings.fields"), 303)


def _page(*, problem: str = "", about: int | None = None) -> str:
    """`about`: the field that the problem is with, 0 for the new one."""
    rows = contact_fields.listing()
    return render_template(
        "settings/fields.html",
        fields=[row for row in rows if row.removed_at is None],
        removed=[row for row in rows if row.removed_at is not None],
        usage=contact_fields.usage(),
        kinds=KINDS,
        problem=problem,
        about=about,
        typed={name: _given(name) for name in ("name", "kind", "hint", "choices")},
    )
