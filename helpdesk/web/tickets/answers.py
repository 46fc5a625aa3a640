"""What a form of the desk answers: streams to a script, a page to a browser without one."""

from __future__ import annotations

from collections.abc import Iterable

from flask import jsonify, redirect, request
from flask.typing import ResponseReturnValue

from helpdesk.realtime import streams
from helpdesk.realtime.streams import Stream
from helpdesk.web.answers import Form, wants
from helpdesk.web.auth import safe_next


def changed(drawn: Iterable[Stream], *, number: int, status: int = 200, **details: object) -> ResponseReturnValue:
    """`{streams, …}` for a script; else back to the ticket, or to the page that the form names as `back`."""
    if wants() is Form.JSON:
        return jsonify({"streams": streams.as_json(drawn), **details}), status
    back = request.form.get("back")
    return redirect(safe_next(back) if back else f"/tickets/{number}", 303)


def is_script() -> bool:
    return wants() is Form.JSON or request.headers.get("X-Requested-With") == "desk"
