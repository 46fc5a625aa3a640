"""A platform that gives saved answers, in the place of the network: it hears every request, and who holds what."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from helpdesk.db import db
from helpdesk.fetch import HttpAnswer

BAD_TOKEN = {"error": {"message": "Error validating access token", "type": "OAuthException", "code": 190}}

Answer = HttpAnswer | Exception | Callable[[], HttpAnswer]


class Platform:
    """Answers in the order given, the last one again and again; an exception is raised, a function called."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Any] = []
        self.was_in_transaction: list[bool] = []

    def request(self, method: str, url: str, *, json: Any = None, **_: Any) -> HttpAnswer:
        self.requests.append(json)
        self.was_in_transaction.append(db.session().in_transaction())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer


def accepts(platform_id: str = "mid-answer") -> HttpAnswer:
    return answer(200, {"recipient_id": "1", "message_id": platform_id})


def answer(status: int, body: Any) -> HttpAnswer:
    return HttpAnswer(status, {}, json.dumps(body).encode())


def at(app: Flask, monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> Platform:
    """Puts one in the place of the network for this test."""
    platform = Platform(*answers)
    monkeypatch.setitem(app.extensions, "platforms", platform)
    return platform
