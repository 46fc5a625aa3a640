"""`GET /changes?since=N`: what a page missed. Asked on connecting, on a gap, now and then, and often while the socket
is down."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, jsonify, render_template, request

from helpdesk.errors import Invalid
from helpdesk.realtime import changes, streams
from helpdesk.web import banners
from helpdesk.web.auth import current_agent

bp = Blueprint("changes", __name__)

DIGITS = 19  # of the largest number that a database keeps
MOST_HEARD = 200  # rooms that a page may name


@bp.get("/changes")
def since() -> Response:
    """`since`: the event up to which the page is complete. `heard` (repeated, `team:1:57`): the event up to which it
    has heard everything of that room. Answers `{upto, rooms, streams, banners}`; 304: nothing is new; 410: it is too
    far."""
    agent = current_agent()
    n = _number(request.args.get("since", ""))
    heard = _heard(request.args.getlist("heard"))
    position, lines = changes.position(agent), banners.of(agent)
    mark = f"{position.mark}-{banners.mark(lines)}"
    if request.if_none_match.contains_weak(mark):
        return _tagged(Response(status=304), mark)
    found = changes.since(agent, n, at=position, heard=heard)
    body = {
        "upto": found.upto,
        "rooms": sorted(found.rooms),
        "streams": streams.as_json(found.streams),
        "banners": render_template("_banners.html", banners=lines).strip(),
    }
    return _tagged(jsonify(body), mark)


def _tagged(response: Response, mark: str) -> Response:
    response.set_etag(mark, weak=True)
    response.headers["Cache-Control"] = "no-store"  # the page keeps the tag itself
    return response


def _heard(given: Sequence[str]) -> dict[str, int]:
    pairs = [each.rpartition(":") for each in given[:MOST_HEARD]]
    return {room: _number(number) for room, _, number in pairs}


def _number(given: str) -> int:
    if not (given.isascii() and given.isdigit()) or len(given) > DIGITS:
        raise Invalid("`since` is the number of an event, such as 4711.")
    return int(given)
