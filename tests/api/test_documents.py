"""The OpenAPI document and the page that is drawn from it: whole, true, and open to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.program import Program, a_program
from tests.factories import a_ticket

pytestmark = pytest.mark.sqlite_only  # it asks no database
_PLACE = re.compile(r"<(?:int:)?(\w+)>")
OWN = ("/openapi.json", "/docs")


@pytest.fixture
def told(desk) -> dict[str, Any]:
    return Program(None).get("/openapi.json").json


def operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (part["$ref"],) if "$ref" in part else ()
        for one in part.values():
            yield from references(one)
    elif isinstance(part, list):
        for one in part:
            yield from references(one)


def test_every_route_stands_in_it_and_nothing_else(desk, told):
    there_are = {
        (_PLACE.sub(r"{\1}", rule.rule.removeprefix("/api/v1")), method.lower())
        for rule in desk.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.rule.removeprefix("/api/v1") not in OWN
    }

    assert {(path, method) for path, method, _ in operations(told)} == there_are
    assert len(there_are) >= 12


def test_it_is_an_openapi_document_whose_names_are_all_explained(told):
    schemas = {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}
    names = [operation["operationId"] for _, _, operation in operations(told)]

    assert told["openapi"] == "3.1.0"
    assert set(references(told)) <= schemas
    assert len(names) == len(set(names))
    for path, method, operation in operations(told):
        places = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert places == re.findall(r"{(\w+)}", path)
        assert {"401", "403"} <= set(operation["responses"])
        assert [code for code in operation["responses"] if code.startswith("2")]
        assert operation["summary"]
        assert ("requestBody" in operation) == (method != "get")


def test_answers_are_whole_and_requests_refuse_what_they_do_not_name(told):
    schemas = told["components"]["schemas"]

    assert set(schemas["Message"]["required"]) == set(schemas["Message"]["properties"])
    assert schemas["NewMessage"]["required"] == ["kind"]
    assert schemas["NewMessage"]["additionalProperties"] is False


def test_what_is_answered_is_what_is_described(told):
    ticket = a_ticket()

    answered = a_program().get(f"/tickets/{ticket.number}").json

    assert set(answered) == set(told["components"]["schemas"]["Ticket"]["required"])


def test_the_page_is_drawn_from_it_without_a_script_or_anything_from_elsewhere(desk, told):
    answer = Program(None).get("/docs")

    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|href)="https?://', answer.text)
    for path, _, operation in operations(told):
        assert path in answer.text
        assert operation["summary"] in answer.text
    links, places = (set(re.findall(rf'{kind}="#?([\w-]+)"', answer.text)) for kind in ("href", "id"))
    assert links <= places
