"""One HTTP exchange as plain values: what was asked and what is answered, without the socket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


class BadRequest(Exception):
    """The body is not what the control interface takes. The message is a sentence for the caller."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # lower-case names
    body: bytes = b""

    def json(self) -> dict[str, object]:
        """The body as an object; an empty body is an empty object. Raises BadRequest."""
        if not self.body:
            return {}
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {name: _unfolded(value) for name, value in parse_qsl(self.body.decode("utf-8", "replace"))}
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"The body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise BadRequest("The body must be a JSON object.")
        return value


def _unfolded(value: str) -> object:
    """Form-encoded Graph calls carry objects as JSON inside a field."""
    if value[:1] not in "{[":
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


@dataclass(frozen=True)
class Answer:
    """`stream` replaces `body` and ends the connection. `cut` breaks the connection instead of answering:
    "reset" at once, "hang" after `hold` seconds of silence."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None
    cut: str = ""
    hold: float = 0.0


def as_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Answer(status, body, {"Content-Type": "application/json; charset=UTF-8", **(headers or {})})
