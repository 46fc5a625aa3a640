"""The queue's rows: further ones, and those that changed; and the filters that it can be narrowed by."""

from __future__ import annotations

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk import clock
from helpdesk.domain import conditions, queue_pages, queue_views, saved_views
from helpdesk.domain.queue_pages import Gone
from helpdesk.domain.queue_rows import Row
from helpdesk.errors import Invalid
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp, pages
from helpdesk.web.tickets.answers import is_script


@bp.get("/queue")
def queue() -> ResponseReturnValue:
    """A view without the page around it, from its beginning or `from` a place on; with `after` or `before` a place only
    the rows there: `{rows: [partials], next, before}`."""
    after, before = request.args.get("after"), request.args.get("before")
    agent = current_agent()
    if not after and not before:
        return render_template("tickets/_queue.html", **pages.queue(agent))
    asked = pages.asked(agent)
    page = queue_pages.page(asked.view, agent=agent, after=after, before=before)
    rows = [_drawn(row, asked.query) for row in page.rows]
    return jsonify({"rows": rows, "next": page.next, "before": page.before})


@bp.get("/queue/rows")
def rows() -> ResponseReturnValue:
    """These rows as the view shows them now: `{rows: [{number, place, html}], counts}`; html is "" for what is gone."""
    agent = current_agent()
    asked = pages.asked(agent)
    found = queue_pages.rows(asked.view, _numbers(request.args.get("numbers", "")), agent=agent)
    saved = [queue_views.of_saved(one) for one in saved_views.listing(agent)]
    counts = queue_pages.counts(agent, saved)
    return jsonify({"rows": [_answer(row, asked.query) for row in found], "counts": counts})


@bp.get("/queue/filters")
def filters() -> ResponseReturnValue:
    """The form that narrows the view: in the menu for a script, on a page of its own without one."""
    agent = current_agent()
    asked = pages.asked(agent)
    name = "tickets/_filters.html" if is_script() else "tickets/filters.html"
    fields = [(field, field.options(agent)) for field in conditions.FIELDS.values()]
    chosen = {one.field: one for one in asked.view.filters.each() if one.op is conditions.Op.IS}
    kept = [one for one in asked.view.filters.each() if one.op is conditions.Op.IS_NOT]
    return render_template(name, view=asked.view, view_query=asked.query, fields=fields, chosen=chosen, kept=kept)


def _answer(row: Row | Gone, query: str) -> dict[str, object]:
    if isinstance(row, Gone):
        return {"number": row.number, "place": "", "html": ""}
    return {"number": row.ticket.number, "place": row.place, "html": _drawn(row, query)}


def _drawn(row: Row, query: str) -> str:
    return render_template("tickets/_row.html", row=row, view_query=query, server_now=clock.now()).strip()


def _numbers(given: str) -> list[int]:
    """ "1207,1208" → numbers. Raises Invalid."""
    parts = [part for part in given.split(",") if part]
    if any(not (part.isascii() and part.isdigit() and len(part) <= 18) for part in parts):
        raise Invalid("`numbers` are ticket numbers, separated by commas.")
    return [int(part) for part in parts]
