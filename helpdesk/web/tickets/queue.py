"""The queue's rows: further ones, and those that changed."""

from __future__ import annotations

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk import clock
from helpdesk.domain import queue_pages, queue_views
from helpdesk.domain.queue_pages import Gone
from helpdesk.domain.queue_rows import Row
from helpdesk.errors import Invalid
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp, pages


@bp.get("/queue")
def queue() -> ResponseReturnValue:
    """A view without the page around it; with `after` only its further rows: `{rows: [partials], next}`."""
    found = pages.queue(current_agent(), after=request.args.get("after"))
    if not request.args.get("after"):
        return render_template("tickets/_queue.html", **found)
    rows = [_drawn(row, found["view_name"]) for row in found["page"].rows]
    return jsonify({"rows": rows, "next": found["page"].next})


@bp.get("/queue/rows")
def rows() -> ResponseReturnValue:
    """These rows as the view shows them now: `{rows: [{number, place, html}], counts}`; html is "" for what is gone."""
    agent, name = current_agent(), pages.view_name()
    found = queue_pages.rows(queue_views.view(name), _numbers(request.args.get("numbers", "")), agent=agent)
    return jsonify({"rows": [_answer(row, name) for row in found], "counts": queue_pages.counts(agent)})


def _answer(row: Row | Gone, view_name: str) -> dict[str, object]:
    if isinstance(row, Gone):
        return {"number": row.number, "place": "", "html": ""}
    return {"number": row.ticket.number, "place": row.place, "html": _drawn(row, view_name)}


def _drawn(row: Row, view_name: str) -> str:
    return render_template("tickets/_row.html", row=row, view_name=view_name, server_now=clock.now()).strip()


def _numbers(given: str) -> list[int]:
    """ "1207,1208" → numbers. Raises Invalid."""
    parts = [part for part in given.split(",") if part]
    if any(not (part.isascii() and part.isdigit() and len(part) <= 18) for part in parts):
        raise Invalid("`numbers` are ticket numbers, separated by commas.")
    return [int(part) for part in parts]
