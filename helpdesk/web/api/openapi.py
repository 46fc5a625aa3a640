"""The OpenAPI document, read from what the views declare: there is no second list that could part from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from helpdesk.web.api.operations import ROOT, Operation
from helpdesk.web.api.shapes import Problem, Shape
from helpdesk.web.api.writes import HEADER

_REF = "#/components/schemas/{model}"
_PLACE = re.compile(r"<(?:int:)?(\w+)>")
_ABOUT = """\
Times are RFC 3339 in UTC, ids are strings, and fields that are not named here are refused.

A list answers a page and `next`: ask again with it as `after`; null says that nothing follows.

Errors are problem documents (RFC 9457): `detail` is a sentence for people.

A write may carry an `Idempotency-Key` (1 to 200 characters). For 24 hours the same key with the same body answers the
first answer and writes nothing; with another body it is refused. What was refused wrote nothing, and its key is free.

A token sees what an owner sees, or the tickets of its teams. What it writes stands under its name."""
_PROBLEMS = {
    400: "The request cannot be read.",
    401: "No token, or none that is known.",
    403: "The token may not do this.",
    404: "It is not there, or not the token's to see.",
    409: "Something else came first.",
    413: "Too large.",
    415: "Another format is wanted.",
    422: "Something in it cannot be used.",
}


@dataclass(frozen=True)
class Route:
    """`path` as OpenAPI writes it, below the server's address."""

    method: str
    path: str
    name: str
    group: str
    places: list[str]
    operation: Operation


def routes(app: Flask) -> Iterator[Route]:
    """What declares itself, in the order in which the resources stand on their shelf."""
    places = {endpoint: place for place, endpoint in enumerate(app.view_functions)}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: places[rule.endpoint]):
        declared = getattr(app.view_functions[rule.endpoint], "operation", None)
        if isinstance(declared, Operation):
            _, group, name = rule.endpoint.split(".")
            path, named = rule.rule.removeprefix(ROOT), _PLACE.findall(rule.rule)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Route(method.lower(), _PLACE.sub(r"{\1}", path), f"{group}_{name}", group, named, declared)


def document(app: Flask) -> dict[str, Any]:
    """The whole of it, OpenAPI 3.1."""
    there_are = list(routes(app))
    paths: dict[str, dict[str, Any]] = {}
    for route in there_are:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Helpdesk", "version": "1", "description": _ABOUT},
        "servers": [{"url": f"{app.extensions['settings'].public_url}{ROOT}"}],
        "security": [{"token": []}],
        "tags": [{"name": group} for group in dict.fromkeys(route.group for route in there_are)],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(there_are),
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    declared = route.operation
    told: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.group],
        "summary": declared.summary,
        "description": f"Scope: {declared.scope.value}.",
        "parameters": _parameters(route),
        "responses": {str(declared.status): _content("The answer.", declared.answer), **_refusals(route)},
    }
    if declared.body is not None:
        told["requestBody"] = {"required": True, **_media("application/json", declared.body)}
    if declared.form is not None:
        told["requestBody"] = {"required": True, **_media("multipart/form-data", declared.form)}
    return told


def _parameters(route: Route) -> list[dict[str, Any]]:
    number = {"type": "integer", "minimum": 1}
    found: list[dict[str, Any]] = [
        {"name": place, "in": "path", "required": True, "schema": number} for place in route.places
    ]
    if route.operation.query is not None:
        fields = route.operation.query.model_json_schema(ref_template=_REF)["properties"]
        found += [_parameter(name, dict(field)) for name, field in fields.items()]
    if route.method != "get":
        key = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"}
        said = "Your name for this write: sent again, it answers the first answer."
        found.append({"name": HEADER, "in": "header", "description": said, "schema": key})
    return found


def _parameter(name: str, field: dict[str, Any]) -> dict[str, Any]:
    """A name that may be left out is no null: nobody can write that in an address."""
    told: dict[str, Any] = {"name": name, "in": "query"}
    if description := field.pop("description", ""):
        told["description"] = description
    if field.get("default", 0) is None:
        field.pop("default")
    kinds = [one for one in field.pop("anyOf", []) if one.get("type") != "null"]
    field |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
    return {**told, "schema": field}


def _refusals(route: Route) -> dict[str, Any]:
    declared = route.operation
    codes = {401, 403, 422}
    if route.places or declared.form:
        codes.add(404)
    if route.method != "get":
        codes |= {400, 409, 413, 415}
    return {str(code): _content(_PROBLEMS[code], Problem, "application/problem+json") for code in sorted(codes)}


def _content(description: str, shape: type[Shape], kind: str = "application/json") -> dict[str, Any]:
    return {"description": description, **_media(kind, shape)}


def _media(kind: str, shape: type[Shape]) -> dict[str, Any]:
    return {"content": {kind: {"schema": {"$ref": _REF.format(model=shape.__name__)}}}}


def _schemas(there_are: list[Route]) -> dict[str, Any]:
    """Of everything that is named, and what that names. An answer is always whole; what is sent may leave out."""
    answers: set[type[BaseModel]] = {route.operation.answer for route in there_are} | {Problem}
    asked = {route.operation.query for route in there_are} | {
        shape for route in there_are for shape in (route.operation.body, route.operation.form)
    }
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in answers]
    wanted += [(model, "validation") for model in asked if model is not None]
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, schema = models_json_schema(wanted, ref_template=_REF)
    found: dict[str, Any] = schema["$defs"]
    return found
