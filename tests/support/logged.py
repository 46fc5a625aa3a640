"""What is logged in this process, caught for a test."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from helpdesk import logs


@contextmanager
def caught() -> Iterator[Callable[..., list[str]]]:
    """`begin(form)` starts logging at DEBUG and gives what reads the lines so far. All is as it was afterwards.

    What an earlier test's request has bound (it ends with the thread's next request) does not mark these lines."""
    stream = io.StringIO()

    def begin(form: str = "json", **more: Any) -> Callable[[], list[str]]:
        logs.configure("debug", form, stream=stream, **more)
        return lambda: stream.getvalue().splitlines()

    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    logs.clear()
    try:
        yield begin
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logs.clear()
        logs._known_secrets.clear()
        structlog.configure(**before)


def entries(lines: list[str], event: str) -> list[dict[str, Any]]:
    """Those of JSON lines that are of this event."""
    return [entry for entry in map(json.loads, lines) if entry["event"] == event]
