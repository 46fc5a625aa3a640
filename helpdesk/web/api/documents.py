"""What the API can do: as an OpenAPI document for programs, as a page for people. Both are open to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template

from helpdesk.web.api import openapi
from helpdesk.web.auth import machine, public

bp = Blueprint("documents", __name__)


@dataclass(frozen=True)
class Field:
    """One line of a table: what it is called, what may stand there, what it means."""

    name: str
    kind: str
    is_needed: bool
    meaning: str
    link: str = ""  # the object that it is, or holds


@bp.get("/openapi.json")
@machine
def document() -> Response:
    return jsonify(_document())


@bp.get("/docs")
@public
def docs() -> str:
    told = _document()
    return render_template("api/docs.html", api=told, groups=_groups(told), objects=_objects(told))


def _document() -> dict[str, Any]:
    """Made when it is first asked for: the routes do not change while the desk runs."""
    if "openapi" not in current_app.extensions:
        current_app.extensions["openapi"] = openapi.document(current_app)
    made: dict[str, Any] = current_app.extensions["openapi"]
    return made


def _groups(told: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Each resource with its operations."""
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in told["tags"]}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]].append(
                {
                    **operation,
                    "method": method.upper(),
                    "path": path,
                    "takes": _takes(operation, told["components"]["schemas"]),
                    **_content(operation),
                }
            )
    return groups


def _takes(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Field]:
    """What may be added to the address, whose own parts speak for themselves."""
    return [
        _field(
            one["name"],
            {**one["schema"], "description": one.get("description", "")},
            one.get("required", False),
            schemas,
        )
        for one in operation["parameters"]
        if one["in"] != "path"
    ]


def _content(operation: Mapping[str, Any]) -> dict[str, str]:
    """The names of the objects that are sent and answered, "" for none."""
    status, answer = next((code, one) for code, one in operation["responses"].items() if code.startswith("2"))
    return {"sends": _named(operation.get("requestBody", {})), "answers": _named(answer), "status": status}


def _named(body: Mapping[str, Any]) -> str:
    return next((_target(media["schema"]) for media in body.get("content", {}).values()), "")


def _objects(told: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every object with its fields. Lists of words stand where they are used; what an address takes, with it."""
    schemas = told["components"]["schemas"]
    return {
        name: {"about": schema.get("description", ""), "fields": _fields(schema, schemas)}
        for name, schema in schemas.items()
        if "properties" in schema and not name.endswith("Query")
    }


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Field]:
    needed = schema.get("required", [])
    return [_field(name, one, name in needed, schemas) for name, one in schema["properties"].items()]


def _field(name: str, schema: Mapping[str, Any], is_needed: bool, schemas: Mapping[str, Any]) -> Field:
    link = _target(schema) or _target(schema.get("items", {}))
    link = link or next((found for one in schema.get("anyOf", []) if (found := _target(one))), "")
    words = schemas.get(link, {}).get("enum")
    kind = _kind(schema, words)
    return Field(name, kind, is_needed, schema.get("description", ""), "" if words else link)


def _kind(schema: Mapping[str, Any], words: list[str] | None) -> str:
    """In words: "text", "time or null", "list of Message", "open | closed"."""
    if "anyOf" in schema:
        return " or ".join(_kind(one, words) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " | ".join(schema.get("enum", [schema.get("const")]))
    if target := _target(schema):
        return " | ".join(words) if words else target
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'], words)}"
    if schema.get("format") == "date-time":
        return "time"
    return {"string": "text", "integer": "number", "null": "null"}.get(schema.get("type", ""), schema.get("type", ""))


def _target(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]
