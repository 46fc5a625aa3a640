"""Logs: one line an entry, to standard output, as text or JSON; only fields that are listed here, never a secret.

Everything passes through here, what libraries log too. `bind(request_id=…)` marks all that follows in this context.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from structlog.typing import Processor

FIELDS = frozenset({
    "event", "level", "logger", "timestamp", "exception", "dropped",
    "request_id", "message_id", "job_id", "seq", "process", "pid",
    "method", "route", "status", "milliseconds", "count", "size", "attempt", "limit", "state",
    "channel", "inbox_id", "ticket", "agent_id", "contact_id", "conversation_id", "ledger_id", "outbox_id", "kind",
    "outcome", "digest", "queue", "ring", "task", "host", "port", "address", "reason", "error", "detail", "code",
    "name", "path",
})  # fmt: skip
VALUE_LIMIT = 2_000  # characters of one value
TRACE_LIMIT = 20_000  # of the account of a crash
HIDDEN = "[hidden]"

_QUIET = {  # a library that says too much, at the level it may speak at; httpcore2 writes headers with tokens at DEBUG
    "httpcore2": logging.WARNING, "httpx2": logging.WARNING, "rq": logging.WARNING, "urllib3": logging.WARNING,
    "werkzeug": logging.WARNING, "engineio": logging.WARNING, "socketio": logging.WARNING, "PIL": logging.INFO,
    "sqlalchemy": logging.WARNING, "alembic": logging.INFO, "asyncio": logging.WARNING,
}  # fmt: skip
_SECRET_SHAPES = (
    re.compile(
        r"(?i)((?<!\w)\w{0,40}(?:token|secret|password|passwd|api_key|proof|authorization|cookie)[\"']?\s*[=:]\s*"
        r"(?:b?[\"'])?(?:bearer\s+|basic\s+)?)[^\s\"'&,;)\]}]{4,}"
    ),
    re.compile(r"(?i)(\bbearer\s+)[^\s\"',;]{4,}"),
    re.compile(r"(://[^\s:/@]*:)[^\s@/]+(?=@)"),  # a password in a URL
    re.compile(r"(\bbot)\d{6,}:[\w-]{20,}"),  # Telegram's addresses
    re.compile(r"(\bhd_)[\w-]{20,}"),  # our API tokens
    re.compile(r"(\b(?:EAA|IGQ|IGAA))[A-Za-z0-9_-]{20,}"),  # Meta's tokens
)
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_known_secrets: set[str] = set()
log = structlog.get_logger(__name__)

bind = structlog.contextvars.bind_contextvars
unbind = structlog.contextvars.unbind_contextvars
clear = structlog.contextvars.clear_contextvars
bound = structlog.contextvars.bound_contextvars


def configure(
    level: str = "info", form: str = "text", *, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Sends all logging of this process to `stream` (standard output). `form`: text or json.

    `secrets` are values that no line may hold, whoever writes them. May be called again; the last call counts.
    """
    hide(*secrets)
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render = _as_json if form == "json" else _as_text
    handler = _Output(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _only_listed,
                render,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [other for other in root.handlers if not isinstance(other, _Output)] + [handler]
    root.setLevel(level.upper())
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def init_app(app: Flask) -> None:
    """Logs as the settings say. Each request has an id, in every line that it causes and in its answer."""
    settings = app.extensions["settings"]
    secrets = (settings.secret_key, *settings.encryption_keys)
    configure(settings.log_level, settings.log_format, secrets=secrets)
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    clear()
    bind(request_id=uuid4().hex[:16])
    g.began = time.monotonic()


def _end(response: Response) -> Response:
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    response.headers["X-Request-Id"] = request_id
    took = round((time.monotonic() - g.get("began", time.monotonic())) * 1000, 1)
    route = request.url_rule.rule if request.url_rule else "unknown"  # never the path: it may hold a signed key
    log.info("request", method=request.method, route=route, status=response.status_code, milliseconds=took)
    return response


class _Output(logging.StreamHandler[TextIO]):
    """Writes to what standard output is at that moment: it may be replaced."""

    def __init__(self, stream: TextIO | None) -> None:
        logging.Handler.__init__(self)
        self._given = stream

    @property
    def stream(self) -> TextIO:
        return self._given or sys.stdout

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        self._given = stream


def hide(*secrets: str) -> None:
    """Values that are replaced in every line from now on."""
    _known_secrets.update(secret for secret in secrets if len(secret) >= 8)


def _only_listed(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What is not listed may be a customer's words: its name alone is kept. What is None is not there."""
    unknown = sorted(key for key in entry if key not in FIELDS)
    for key in unknown:
        del entry[key]
    if unknown:
        entry["dropped"] = ",".join(unknown)
    return {
        key: _plain(value, TRACE_LIMIT if key == "exception" else VALUE_LIMIT)
        for key, value in entry.items()
        if value is not None
    }


def _plain(value: object, limit: int) -> int | float | str:
    """A number, or text without secrets."""
    if isinstance(value, int | float):
        return value
    text = str(value)
    for secret in _known_secrets:
        text = text.replace(secret, HIDDEN)
    text = _cut(text, TRACE_LIMIT)
    for shape in _SECRET_SHAPES:
        text = shape.sub(rf"\1{HIDDEN}", text)
    return _cut(text, limit)


def _cut(text: str, limit: int) -> str:
    """Beginning and end: a crash says what it is in its last line."""
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[-limit // 2 :]}"


def _as_json(_: Any, __: str, entry: MutableMapping[str, Any]) -> str:
    return json.dumps(entry)  # ASCII: no line end of any script gets through


def _as_text(_: Any, __: str, entry: MutableMapping[str, Any]) -> str:
    head = [entry.pop(key, "") for key in ("timestamp", "level", "logger", "event")]
    trace = str(entry.pop("exception", "") or "")
    fields = [f"{key}={_quoted(value)}" for key, value in entry.items()]
    line = " ".join([*(_one_line(str(part)) for part in head), *fields])
    return "\n".join([line, *(f"    | {_one_line(row)}" for row in trace.splitlines())])


def _quoted(value: object) -> str:
    text = _one_line(str(value))
    return json.dumps(text, ensure_ascii=False) if " " in text or "=" in text or not text else text


def _one_line(text: str) -> str:
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)
