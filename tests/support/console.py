"""The console as a browser without JavaScript asks for it: cookies, forms with their token, htmx's header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpdesk.db import db
from helpdesk.models import Agent
from tests.factories import PASSWORD, with_password

_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"|name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Console:
    """A test client that signs in through the form and sends the page's CSRF token along with what it posts."""

    client: FlaskClient
    base_url: str
    token: str = ""

    @classmethod
    def new(cls, app: Flask, agent: Agent | None) -> Console:
        console = cls(app.test_client(), current_app.extensions["settings"].public_url)
        if agent is not None:
            with_password(agent)
            console.sign_in(agent.email)
        return console

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        self.get("/sign-in")
        answer = self.post("/sign-in", data={"email": email, "password": password})
        self.get("/sessions")  # a small page: it has the new session's token
        return answer

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.ask("GET", path, **more)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.ask("POST", path, data=data, **more)

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        csrf = {} if method == "GET" or not self.token else {"X-CSRFToken": self.token}
        answer = self.client.open(
            path, method=method, base_url=self.base_url, headers={**csrf, **(headers or {})}, **more
        )
        if found := _TOKEN.search(answer.text if answer.mimetype == "text/html" else ""):
            self.token = found.group(1) or found.group(2)
        db.session.rollback()  # what the test reads next is what was committed
        return answer
