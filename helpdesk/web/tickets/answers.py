"""What a form of the desk answers: streams to a script, a page to a browser without one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from helpdesk.realtime import streams
from helpdesk.realtime.streams import Stream
from helpdesk.web.answers import Form, wants
from helpdesk.web.auth import safe_next


def changed(drawn: Iterable[Stream], *, number: int, status: int = 200, **details: object) -> ResponseReturnValue:
    """`{streams, …}` for a script; else back to the ticket, or to the page that the form names as `back`. Of the
    details, `said` is a sentence for people, and `go` the number of the ticket to go on with."""
    if wants() is Form.JSON:
        return jsonify({"streams": streams.as_json(drawn), **details}), status
    if details.get("said"):
        flash(str(details["said"]))
    back = request.form.get("back")
    return redirect(safe_next(back) if back else f"/tickets/{number}", 303)


def sheet(name: str, **values: Any) -> str:
    """What opens over the desk, drawn by `_<name>.html`; a page of its own for browsers without a script."""
    if is_script():
        return render_template(f"tickets/_{name}.html", **values)
    return render_template("tickets/sheet.html", sheet=f"tickets/_{name}.html", **values)


def is_script() -> bool:
    return wants() is Form.JSON or request.headers.get("X-Requested-With") == "desk"
