"""A program that uses the API with a token of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from werkzeug.test import TestResponse

from helpdesk.db import db, transaction
from helpdesk.domain import tokens
from helpdesk.models import Scope
from tests.factories import a_team

_numbers = itertools.count(1)


def a_token(name: str = "", *, scope: str = "write", teams: tuple[str, ...] = ()) -> str:
    """The text of a new token."""
    for team in teams:
        a_team(team)
    with transaction():
        _, text = tokens.create(name or f"Program {next(_numbers)}", scope=Scope(scope), teams=teams)
    return text


@dataclass
class Program:
    """Asks below /api/v1, with a client of its own each time: nothing is remembered but the token."""

    token: str | None

    def get(self, path: str, query: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.ask("GET", path, query_string=query, **more)

    def post(self, path: str, body: object = None, **more: Any) -> TestResponse:
        return self.ask("POST", path, **self._sent(body, more))

    def patch(self, path: str, body: object = None, **more: Any) -> TestResponse:
        return self.ask("PATCH", path, **self._sent(body, more))

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, key: str | None = None, **more: Any
    ) -> TestResponse:
        """`key` is sent as Idempotency-Key. Afterwards the test reads what was committed."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {"Idempotency-Key": key} if key is not None else {}
        answer = current_app.test_client().open(
            f"/api/v1{path}",
            method=method,
            base_url=current_app.extensions["settings"].public_url,
            headers={**sent, **(headers or {})},
            **more,
        )
        db.session.rollback()
        return answer

    def _sent(self, body: object, more: dict[str, Any]) -> dict[str, Any]:
        if body is None:
            return more
        return {"data": json.dumps(body), "content_type": "application/json", **more}


def a_program(name: str = "", *, scope: str = "write", teams: tuple[str, ...] = ()) -> Program:
    return Program(a_token(name, scope=scope, teams=teams))
