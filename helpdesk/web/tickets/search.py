"""What was searched for: the results beside the open ticket, and further ones."""

from __future__ import annotations

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.errors import Invalid
from helpdesk.web.auth import current_agent
from helpdesk.web.tickets import bp, pages


@bp.get("/search")
def search() -> ResponseReturnValue:
    """The results alone, as `/tickets` shows them in the place of the queue. With `more` only further messages:
    `{rows: [partials], more: the partial that leads on}`. Raises Invalid for a page that is not there."""
    found = pages.search(current_agent())
    if not request.args.get("more"):
        return render_template("tickets/_results.html", **found)
    if found["problem"]:
        raise Invalid(found["problem"])
    rows = [render_template("tickets/_hit.html", hit=hit, **found).strip() for hit in found["search"].hits]
    return jsonify({"rows": rows, "more": render_template("tickets/_more_hits.html", **found).strip()})
