"""A platform that gives one saved answer and keeps what it was asked: the `Http` of a channel without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpdesk.channels.contract import HttpAnswer

PAYLOADS = Path(__file__).parent / "payloads"


@dataclass
class SavedHttp:
    """Answers every request alike, or raises `error`; `requests` holds what was asked, in order."""

    answer: HttpAnswer | None = None
    error: Exception | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> HttpAnswer:
        asked = {
            "method": method,
            "url": url,
            "headers": dict(headers or {}),
            "query": dict(params or {}),
            "json": json,
        }
        self.requests.append(asked)
        if self.error is not None:
            raise self.error
        assert self.answer is not None
        return self.answer


def answering(status: int, body: object, headers: Mapping[str, str] | None = None) -> SavedHttp:
    """`body`: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SavedHttp(HttpAnswer(status, dict(headers or {}), content))


def saved(path: str) -> SavedHttp:
    """The answer in a file below `payloads/`, e.g. "instagram/errors/user_unavailable_551.json"."""
    content = json.loads((PAYLOADS / path).read_text(encoding="utf-8"))
    headers = {name.lower(): value for name, value in content["headers"].items()}
    return answering(content["http_status"], content["body"], headers)
