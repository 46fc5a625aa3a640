"""What a view of the API declares of itself: who may ask, what it takes, what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, request
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from helpdesk.errors import Invalid
from helpdesk.models import Scope
from helpdesk.web import bearer
from helpdesk.web.api.shapes import Shape
from helpdesk.web.auth import machine

ROOT = "/api/v1"
MOST_BYTES = 2**20  # of a JSON body
_FORBIDDEN = "extra_forbidden"

View = Callable[..., Shape | Response]


@dataclass(frozen=True)
class Operation:
    """`query` and `body` are given to the view as such; `form` is a body that it reads by itself."""

    summary: str
    answer: type[Shape]
    status: int
    scope: Scope
    query: type[Shape] | None
    body: type[Shape] | None
    form: type[Shape] | None


def operation(
    summary: str,
    *,
    answer: type[Shape],
    status: int = 200,
    scope: Scope = Scope.READ,
    query: type[Shape] | None = None,
    body: type[Shape] | None = None,
    form: type[Shape] | None = None,
) -> Callable[[View], Callable[..., Response]]:
    """`@operation("Changes a ticket", answer=Ticket, scope=Scope.WRITE, body=TicketChange)`: the view is asked once a
    token of this scope came along with what fits these shapes."""
    declared = Operation(summary, answer, status, scope, query, body, form)

    def declare(view: View) -> Callable[..., Response]:
        @machine
        @wraps(view)
        def ask(**path: Any) -> Response:
            bearer.demand(scope)
            given = _given(declared)
            found = view(**path, **given)
            return found if isinstance(found, Response) else as_json(found.model_dump_json(), status)

        ask.operation = declared  # type: ignore[attr-defined]
        return ask

    return declare


def as_json(body: str, status: int) -> Response:
    return Response(body, status=status, mimetype="application/json")


def _given(declared: Operation) -> dict[str, Shape]:
    given = {}
    query = _query(declared.query or Shape)
    if declared.query is not None:
        given["query"] = query
    if declared.body is not None:
        given["body"] = _body(declared.body)
    return given


def _query(shape: type[Shape]) -> Shape:
    """What stands behind the question mark: each name once."""
    values = request.args.to_dict(flat=False)
    try:
        return shape.model_validate({name: one[0] if len(one) == 1 else one for name, one in values.items()})
    except ValidationError as error:
        raise _refusal(error) from None


def _body(shape: type[Shape]) -> Shape:
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, and say so: “Content-Type: application/json”.")
    request.max_content_length = MOST_BYTES
    try:
        return shape.model_validate_json(request.get_data())
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise BadRequest("The body is no JSON.") from None
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Invalid:
    """The first problem as the sentence, all of them beside it."""
    found = [
        {"field": ".".join(map(str, one["loc"])), "problem": _words(one["type"], one["msg"])}
        for one in error.errors(include_url=False, include_context=False, include_input=False)[:20]
    ]
    first = found[0]
    return Invalid(f"{first['field'] or 'The body'}: {first['problem']}.", errors=found)


def _words(kind: str, message: str) -> str:
    if kind == _FORBIDDEN:
        return "there is no such field"
    return message.removeprefix("Value error, ").removesuffix(".")
